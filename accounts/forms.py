"""Forms about people."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from accounts.people import may_give
from accounts.roles import CUSTOMER_SIDE, STAFF, Actor, Role


class CustomersField(forms.CharField):
    """Customers by name, one a line: it serves three of them as well as five thousand. Cleans to rows."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[Customer]:
        names = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        found = {customer.name: customer for customer in Customer.objects.filter(name__in=names)}
        unknown = [name for name in dict.fromkeys(names) if name not in found]
        if unknown:
            raise ValidationError(
                _("There is no customer %(names)s. Write each name on its own line, as on its agreement.")
                % {"names": ", ".join(unknown)}
            )
        return list(found.values())


class RoleForm(forms.Form):
    """A role, and the customers at which it stands."""

    role = forms.ChoiceField(label=_("Role"))
    customers = CustomersField(
        label=_("Customers"),
        required=False,
        help_text=_(
            "For a customer's people: the names of their customers, one a line. Else leave it empty."
        ),
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [role for role in Role if role in STAFF | CUSTOMER_SIDE and may_give(actor, role)]
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]


class InvitationForm(RoleForm):
    """Who is invited."""

    email = forms.EmailField(
        label=_("E-mail address"), help_text=_("They sign in with it, and the link goes there.")
    )
    name = forms.CharField(label=_("Name"), max_length=150)
    field_order = ("email", "name", "role", "customers")


class FactorForm(forms.Form):
    """Whether the people of customers need a second factor."""

    customers = CustomersField(label=_("Customers"), help_text=_("Their names, one a line."))
    required = forms.ChoiceField(
        label=_("Second factor"),
        choices=[("yes", _("their people need one")), ("no", _("their people may do without"))],
    )


class PasswordForm(forms.Form):
    """The password that an invited person chooses. `user`: who it is for, so that it does not resemble them."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. A few words in a row are easy to keep in mind."),
    )

    def __init__(self, user: User | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.user)
        return password
