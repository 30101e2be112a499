"""Addresses of the engine's generic pages: the same for every kind."""

from django.urls import path

from obligations import views, views_amend, views_recalculation, views_receipts, views_steps

urlpatterns = [
    path("kinds/<slug:kind>/", views.matters, name="matters"),
    path("kinds/<slug:kind>/open/", views_steps.open_form, name="open"),
    path("matters/<slug:reference>/correct/<slug:fact>/", views_amend.correct_form, name="correct"),
    path("matters/<slug:reference>/decline/", views_amend.decline_form, name="decline"),
    path("matters/<slug:reference>/note/", views_amend.note_add, name="note-add"),
    path("matters/<slug:reference>/evidence/", views_amend.evidence_add, name="evidence-add"),
    path("evidence/<int:pk>/", views.evidence_file, name="evidence"),
    path("obligations/<int:pk>/", views.obligation, name="obligation"),
    path("obligations/<int:pk>/acknowledge/", views_amend.acknowledge, name="acknowledge"),
    path("obligations/<int:pk>/<slug:verb>/", views_amend.amend_form, name="amend"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<uuid:pk>/", views.message, name="message"),
    path("roles/", views.roles, name="roles"),
    path("recalculation/", views_recalculation.recalculation, name="recalculation"),
    path("receipt/<str:signed>/", views_receipts.receipt, name="receipt"),
    path("webhooks/mail/<slug:provider>/", views_receipts.mail_event, name="mail-event"),
    path("healthz/", views.health, name="health"),
]
