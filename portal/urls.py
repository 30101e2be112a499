"""Addresses of the portal. Customers' people see random references here, never running numbers."""

from django.urls import path

from portal import views, views_acts, views_contacts, views_see

urlpatterns = [
    path("", views.needs, name="portal"),
    path("ask/", views_acts.ask, name="portal-ask"),
    path("ask/<slug:kind>/", views_acts.ask_for, name="portal-ask-for"),
    path("matters/", views.matters, name="portal-matters"),
    path("matters/<slug:reference>/", views.matter, name="portal-matter"),
    path("matters/<slug:reference>/steps/<slug:step>/", views_acts.step_form, name="portal-step"),
    path("matters/<slug:reference>/authority/", views_see.authority, name="portal-authority"),
    path("files/<slug:digest>/", views_see.file, name="portal-file"),
    path("agreements/", views_see.agreements, name="portal-agreements"),
    path("agreements/<slug:reference>/", views_see.agreement, name="portal-agreement"),
    path("sub-processors/", views_see.subprocessors, name="portal-subprocessors"),
    path("contacts/", views_contacts.contacts, name="portal-contacts"),
    path("contacts/<slug:reference>/add/", views_contacts.add, name="portal-contact-add"),
    path("contacts/<slug:reference>/language/", views_contacts.language, name="portal-language"),
    path("contacts/<slug:reference>/<int:place>/", views_contacts.change, name="portal-contact"),
    path("contacts/<slug:reference>/<int:place>/up/", views_contacts.up, name="portal-contact-up"),
    path(
        "contacts/<slug:reference>/<int:place>/remove/", views_contacts.remove, name="portal-contact-remove"
    ),
]
