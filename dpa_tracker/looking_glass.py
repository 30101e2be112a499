"""The admin site: an administrator looks at rows; nobody changes any here.

Only the verbs write the engine's tables, people.py people, records.py agreements. So every model is read-only, and
the addresses that would add, delete or act do not exist. It stands behind the same sign-in, the same scope (secret
matters stay hidden) and the same second factor as every page.
"""

from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.doors import door
from accounts.models import Customer, Invitation, Membership, User
from accounts.roles import Role
from obligations import models as engine


class Site(admin.AdminSite):
    """Administrators alone; signing in and out happens on the product's own pages."""

    site_header = site_title = _("DPA Tracker: the rows")
    index_title = _("To look at, not to change")
    site_url = "/"
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        return Role.ADMIN in getattr(request, "actor").house  # noqa: B009  (the middleware put it there)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return door(Role.ADMIN)(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(reverse("admin:index"))

    def get_urls(self) -> list[Any]:
        ours = ("index", "app_list", "jsi18n")
        return [found for found in super().get_urls() if getattr(found, "name", None) in (None, *ours)]


class Rows(admin.ModelAdmin):
    """Rows to look at: a list and one row, nothing else."""

    actions = None
    show_full_result_count = False
    list_per_page = 50
    hidden: ClassVar[tuple[str, ...]] = ()

    def get_urls(self) -> list[Any]:
        return [found for found in super().get_urls() if str(found.name).endswith(("_changelist", "_change"))]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field.name for field in self.model._meta.fields if field.name not in self.hidden]

    get_readonly_fields = get_fields

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def rows(model: Any, columns: str, hidden: str = "", search: str = "") -> None:
    """Register a model: the columns of its list, what is never shown, what is searched."""
    names = {
        "list_display": columns.split(),
        "hidden": tuple(hidden.split()),
        "search_fields": search.split(),
        "ordering": ["-pk"],
    }
    site.register(model, type(f"{model.__name__}Rows", (Rows,), names))


site = Site(name="admin")
rows(User, "email name is_active last_login", hidden="password", search="email name")
rows(Membership, "user customer role")
rows(Customer, "name affiliate_of second_factor", search="name")
rows(
    Invitation,
    "email role invited_by invited_at expires_at accepted_at withdrawn_at",
    hidden="digest",
    search="email",
)
rows(Authenticator, "user type created_at last_used_at", hidden="data")
rows(UserSession, "user ip created_at last_seen_at", hidden="session_key data")
rows(SocialAccount, "user provider uid last_login", hidden="extra_data")
rows(engine.Profile, "key version")
rows(engine.Agreement, "title customer customer_role owner", search="title")
rows(engine.Term, "agreement key category effective_from", search="key")
rows(engine.NoticeContact, "agreement position name email")
rows(
    engine.Matter, "pk kind state title customer opened_at closed_at version", search="title public_reference"
)
rows(engine.Obligation, "pk matter duty occurrence round state due_at next_alert_at fault", search="duty")
rows(engine.Message, "pk matter template recipient state attempts sent_at received_at", search="recipient")
rows(engine.Entry, "pk matter step to_state at recorded_at actor_name", search="step")
rows(engine.Evidence, "pk matter title sha256 added_at", search="title sha256")
rows(engine.Heartbeat, "name at by")
