"""Parts of every page: its icons, and what stands on it twice."""

from typing import Any

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
ICON = '<svg class="icon" width="20" height="20" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'


@register.simple_tag(takes_context=True)
def icon(context: Context, name: str) -> SafeString:
    """An icon of static/icons.svg. The frame of a page looks its address up once: a page has some thirty."""
    return format_html(ICON, context.get("icons") or static("icons.svg"), name)


@register.simple_block_tag
def once(content: Any) -> Any:
    """`{% once as name %}...{% endonce %}` renders its content once, to be shown as often as `{{ name }}` stands."""
    return content
