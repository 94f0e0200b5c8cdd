"""接口与页面: parse, one domain call, answer."""
