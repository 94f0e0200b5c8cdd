"""规则发布与秒批: rule tables changed at the desk, and instant approval kept under review."""
