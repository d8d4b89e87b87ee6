"""写法: a limit as officials write it."""

_UNITS = (("wd", "个工作日"), ("cd", "日"), ("mo", "个月"), ("h", "小时"), ("s", "秒"))


def written(limit: str) -> str:
    """Return a limit as officials write it: 3个工作日, 24小时, 按方案且不超过90日, 月度批次."""
    if limit == "monthly":
        return "月度批次"
    if limit == "at_once":
        return "即时"
    if limit.startswith("at "):
        return f"次日{limit.removeprefix('at ')}前"
    if " <= " in limit:
        interim, _, ceiling = limit.rpartition(" <= ")
        control = f"{written(interim.split()[0])}内临时控制,其余" if " interim " in interim else ""
        return f"{control}按方案且不超过{written(ceiling)}"
    return next((limit.removesuffix(unit) + zh for unit, zh in _UNITS if limit.endswith(unit)), limit)
