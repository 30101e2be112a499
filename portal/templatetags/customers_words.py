"""Steps in the customer's own words: the rooms name some of them from the house's side."""

from django import template
from django.utils.translation import gettext_lazy as _

from obligations.clauses import Step
from obligations.models import Matter

register = template.Library()
WORDS = {
    ("breach_notice", "aware_earlier"): _("We knew of it earlier"),
    ("breach_notice", "authority_informed"): _("We have informed our authority"),
    ("amendment", "sign_for_customer"): _("Sign the amendment"),
    ("dsar_forwarding", "customer_answered"): _("We have answered the data subject"),
}


@register.filter
def step_of(step: Step, matter: Matter) -> str:
    """The label of a step on a page of the customer."""
    return str(WORDS.get((matter.kind, step.name), step.label))
