"""Words and classes for clocks in templates."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from obligations.models import Entry
from obligations.reading import Clock

register = template.Library()
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
PILLS = {
    "late": "pill-late",
    "theirs-late": "pill-theirs",
    "over": "pill-soon",
    "soon": "pill-soon",
    "ok": "pill-ok",
}


@register.filter
def moment(value: Any) -> SafeString | str:
    """An instant in the reader's zone, with UTC on hover and for machines."""
    if not value:
        return ""
    at = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    local = timezone.localtime(at)
    form = "%a %-d %b %Y, %H:%M"
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.isoformat(),
        f"{at.astimezone(dt.UTC):{form}}",
        f"{local:{form}}",
    )


@register.filter
def in_zone(value: Any, zone: str) -> str:
    """An instant in the contract's own zone."""
    at = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{at.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M} {zone}"


@register.filter
def pill(clock: Clock) -> str:
    """CSS class of a clock's urgency."""
    return PILLS.get(clock.urgency, "pill-vague")


@register.simple_tag
def countdown(line: Any) -> SafeString:
    """The pill of a Clock (or of a line with the same words), which app.js keeps counting while the page is open."""
    css = "pill-theirs" if line.theirs and line.until else PILLS.get(line.urgency, "pill-vague")
    who = _("theirs") + ": " if line.theirs else ""
    until = format_html(' data-until="{}"', line.until.isoformat()) if line.until else ""
    return format_html('<span class="pill {}"{}>{}<span>{}</span></span>', css, until, who, line.words)


@register.filter
def day(value: str) -> str:
    """An ISO date as a person reads it."""
    return f"{dt.date.fromisoformat(value):%a %-d %b %Y}"


@register.filter
def fact_lines(entry: Entry) -> list[tuple[str, Any]]:
    """The facts of an entry as (label, value), with the labels and choices of the step's fields."""
    fields = {field.name: field for step in entry.matter.clause.steps for field in step.fields}
    lines = []
    for name, value in entry.facts.items():
        field = fields.get(name)
        chosen = dict(field.choices).get(value, value) if field and field.choices else value
        lines.append((str(field.label) if field else words(name), fact(chosen)))
    return lines


def fact(value: Any) -> Any:
    """A fact for people: instants and dates in words, lists counted."""
    if isinstance(value, list):
        return f"{len(value)} chosen"
    if isinstance(value, dict) and "sha256" in value:
        return format_html(
            '{} <code class="digest">SHA-256 {}</code>', value.get("name", ""), value["sha256"]
        )
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and len(value) >= 19 and value[4:5] == "-" and value[10:11] == "T":
        try:
            return moment(value)
        except ValueError:
            return value
    if isinstance(value, str) and ISO_DAY.fullmatch(value):
        try:
            return day(value)
        except ValueError:  # a text that only looks like a day
            return value
    return value


@register.filter
def words(name: str) -> str:
    """A name of the program as words."""
    return name.replace("_", " ").capitalize()


@register.filter
def step_label(entry: Any) -> str:
    """The label of an entry's step."""
    for step in entry.matter.clause.steps:
        if step.name == entry.step:
            return str(step.label)
    return words(entry.step)


@register.filter
def opening(clause: Any) -> Any:
    """The step that opens a matter of a kind."""
    return clause.step("open")


@register.filter
def under(values: Any, columns: Any) -> list[tuple[Any, Any]]:
    """Cells of a row under the labels of its columns."""
    return [(label, value) for (_name, label), value in zip(columns, values, strict=True)]
