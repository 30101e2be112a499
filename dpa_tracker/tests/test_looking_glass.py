"""The admin site: administrators look, nobody changes, and what is secret stays so."""

import pytest
from django.apps import apps
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from accounts.tests.people import sign_in, user
from dpa_tracker.looking_glass import site
from obligations.models import RestrictedTo
from obligations.tests.engine import nothing_changes, reported

ENGINE = list(apps.get_app_config("obligations").get_models())


@pytest.mark.parametrize("model", ENGINE, ids=lambda model: model.__name__)
def test_no_table_of_the_engine_can_be_written_from_the_admin_site(cast, model):
    matter, adam = reported(cast).a, sign_in("adam")
    rows = site._registry.get(model)
    if rows is None:
        assert adam.get(f"/admin/obligations/{model._meta.model_name}/").status_code == 404
        return
    request = RequestFactory().get("/")
    assert not rows.has_add_permission(request)
    assert not rows.has_change_permission(request) and not rows.has_delete_permission(request)
    assert rows.get_actions(request) == {}
    here = f"/admin/obligations/{model._meta.model_name}/"
    with nothing_changes():
        for path in ("add/", f"{matter.pk}/delete/", f"{matter.pk}/history/"):
            assert adam.post(here + path, {"post": "yes"}).status_code == 404, path
        assert adam.post(f"{here}{matter.pk}/change/", {"title": "x"}).status_code in (302, 403)
        adam.post(here, {"action": "delete_selected", "_selected_action": matter.pk, "post": "yes"})


def test_every_model_on_it_is_read_only():
    request = RequestFactory().get("/")
    for model, rows in site._registry.items():
        assert not rows.has_add_permission(request), model
        assert not rows.has_change_permission(request) and not rows.has_delete_permission(request), model
        for verb in ("add", "delete", "history"):
            with pytest.raises(NoReverseMatch):
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{verb}")


def test_only_administrators_look(cast):
    page = sign_in("adam").get("/admin/obligations/matter/")
    assert page.status_code == 200
    for name in ("olga", "anna", "aude", "carl", "sven"):
        assert sign_in(name).get("/admin/").status_code == 403, name


def test_it_has_no_door_of_its_own(client, db):
    assert client.get("/admin/").url == "/accounts/login/?next=/admin/"
    assert client.get("/admin/login/").status_code == 404
    assert client.get("/admin/logout/").status_code == 404


def test_secret_matters_are_not_seen_there_either(cast):
    matter = reported(cast).a
    RestrictedTo.objects.create(matter=matter, user=user("olga"))
    adam = sign_in("adam")
    assert (
        f"/admin/obligations/matter/{matter.pk}/change/"
        not in adam.get("/admin/obligations/matter/").content.decode()
    )
    assert adam.get(f"/admin/obligations/matter/{matter.pk}/change/").status_code == 302


def test_secrets_are_shown_nowhere(cast):
    adam = sign_in("adam")
    page = adam.get(f"/admin/accounts/user/{user('olga').pk}/change/").content.decode()
    assert "argon2" not in page and "olga@people.example" in page
    assert adam.session.session_key not in adam.get("/admin/usersessions/usersession/").content.decode()
