"""事项检索: items are searched over HTTP, 50 requests a second in the whole city's catalogue."""

import random

from bench.harness import load, reference, requests
from bench.harness.catalogue import Figure
from bench.harness.core import Harness, Measured, Platform, shares
from bench.harness.statistics import percentile
from yiwang.project.demo.catalogue import CITY_ITEMS, read_names
from yiwang.project.demo.city import seed_city
from yiwang.services.items.models import ImplementationItem

NAME = "search"
FIGURES = {
    "p95_ms": Figure("ms", 50, at_least=False, reference=reference.NAME),
    "page_p95_ms": Figure("ms", reference=reference.NAME),
}
RATE = 50.0
CONNECTIONS = 16
SECONDS = 15.0

# What people type: short words that hit a tenth of the catalogue, exact names, everyday words that
# no item is called by, English, numbers, slips, and what is not there.
TYPED = (
    *("许可证", "登记", "补贴", "医保", "社保", "公积金", "驾驶证", "结婚", "离婚登记", "身份证"),
    *("不动产", "不动产抵押登记", "开店", "营业执照", "个体户", "食品", "食品经营许可", "养老"),
    *("老年人优待证", "残疾人", "残疾人证补办", "高龄津贴", "低保", "临时救助", "失业金", "工伤"),
    *("建房", "宅基地", "危房改造", "施工许可证", "户外广告", "占道", "排污", "取水许可证延续"),
    *("江城区 结婚", "闸坡镇 养老", "阳春 驾驶证", "住房公积金提取", "异地就医备案", "出生证"),
    *("生育登记", "教师资格证", "律师", "渔船", "捕捞", "烟花爆竹", "网约车", "旅馆", "公共场所"),
    *("driving licence", "food", "real estate", "licence", "pension", "12345", "KTV"),
    *("区块链挖矿", "量子", "火星移民", "xyzzy", "证", "办 证"),
)


def run(harness: Harness) -> None:
    """Measure at a fixed rate; a late answer counts from when its request was due."""
    seed_city()
    seconds = harness.seconds(SECONDS)
    with harness.platform() as platform:
        harness.report(
            p95_ms=_measure(harness, platform, seconds, "/api/v1/items", "API"),
            page_p95_ms=_measure(harness, platform, seconds, "/search/", "portal page"),
        )


def _measure(
    harness: Harness, platform: Platform, seconds: float, path: str, where: str
) -> Measured:
    tails, samples, usages, references = [], [], [], []
    _search(platform, path, harness.seconds(6), seed=0)
    for number in range(harness.repeats):
        references.append(reference.row_by_key_ms())
        meter = platform.meter()
        outcome = _search(platform, path, seconds, seed=number + 1)
        usages.append(meter.stop(load=outcome.cpu_seconds))
        if outcome.bad:
            raise RuntimeError(f"{outcome.bad} refused, the first: {outcome.first_bad}")
        tails.append(percentile(outcome.latencies_ms, 95))
        samples += outcome.latencies_ms
    rows = ImplementationItem.objects.filter(is_active=True).count()
    assert rows >= CITY_ITEMS
    conditions = (
        f"{where}, {rows} items, {RATE:g} requests/s on {CONNECTIONS} connections, open loop,"
        f" {seconds:g} s a run, {len(samples)} searches of {len(TYPED)} typed words and of parts of"
        f" names with 2 to 8 characters; {shares(usages, len(samples))}"
    )
    return Measured(tails, samples, references, conditions=conditions)


def _search(platform: Platform, path: str, seconds: float, *, seed: int) -> load.Outcome:
    words = _words(seed, round(seconds * RATE))
    plan = load.Plan(
        platform.port,
        [requests.get(path, q=word) for word in words],
        CONNECTIONS,
        seconds,
        rate=RATE,
    )
    return load.run(plan)


def _words(seed: int, count: int) -> list[str]:
    """Return what is typed: half from the list, half a piece of the name of some item."""
    chance = random.Random(seed)
    names = [item.title_zh for item in read_names()]
    words = []
    for _ in range(count):
        if chance.random() < 0.5:
            words.append(chance.choice(TYPED))
            continue
        name = chance.choice(names)
        length = min(chance.randint(2, 8), len(name))
        begin = chance.randint(0, len(name) - length)
        words.append(name[begin : begin + length])
    return words
