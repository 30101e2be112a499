from obligations.clock import *

U = {
    "hours": Hours,
    "days": Days,
    "business_days": BusinessDays,
    "weeks": Weeks,
    "months": Months,
    "years": Years,
}


def parse_period(v):
    t = v.get("target")
    target = parse_period(t)[0] if t else None
    if "word" in v:
        return Vague(v["word"], target), None, False
    for u, c in U.items():
        if u in v:
            return c(v[u], v.get("roll", False)), target, v.get("minimum", False)


def describe_period(v):
    return str(v)
