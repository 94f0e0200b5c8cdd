"""Data of documents that the tests draw."""

UNIT = "阳江市江城区市场监督管理局"
UNIT_CODE = "11441702MB2D00000X"

LICENCE = {
    "title": "食品经营许可证",
    "title_en": "Food Business Licence",
    "number": "JY14417020123456",
    "fields": [
        {"label": "经营者名称", "value": "阳江市江城区䶮记海鲜餐饮店"},
        {"label": "法定代表人（负责人）", "value": "陈𬱟"},
        {"label": "经营场所", "value": "广东省阳江市江城区东风三路 108 号"},
    ],
    "unit": UNIT,
    "date": "2026年11月23日",
    "valid_to": "2031年11月22日",
    "note": "电子证照与纸质证照具有同等法律效力。",
    "qr": "https://city.example/verify/8F3A2B1C9D4E5F60/",
    "verification_code": "8F3A2B1C9D4E5F60",
}
PAPER = {
    "title": "行政许可申请受理通知书",
    "number": "江市监受〔2026〕12号",
    "addressee": "陈䶮",
    "body": ["您提出的“食品经营许可”申请，材料齐全、符合法定形式，决定予以受理。"],
    "remedy": "",
    "unit": UNIT,
    "date": "2026年11月23日",
    "case_number": "4417022026112300012",
}
RECEIPT = {
    "title": "申请材料收件凭证",
    "number": "SJ202611230001",
    "fields": [{"label": "申请人", "value": "陈䶮"}],
    "items": [{"label": "经营场所布局图", "value": "1 份"}],
    "unit": UNIT,
    "date": "2026年11月23日",
}
SAMPLES = {"licence": LICENCE, "paper": PAPER, "receipt": RECEIPT}
