"""Addresses of the dashboard."""

from django.urls import path

from dashboard import views, views_documents, views_figures, views_find

urlpatterns = [
    path("compare/<int:pk>/", views.compare, name="compare"),
    path("boards/<slug:key>/", views.board, name="board"),
    path("calendar/", views_figures.calendar_page, name="calendar"),
    path("reports/", views_figures.reports_page, name="reports"),
    path("documents/breaches.<slug:form>", views_documents.breach_register, name="document-breaches"),
    path("documents/management.<slug:form>", views_documents.management, name="document-management"),
    path("documents/customers/<int:pk>.<slug:form>", views_documents.pack, name="document-pack"),
    path("documents/<slug:reference>.<slug:form>", views_documents.of_matter, name="document"),
    path("find/", views_find.find, name="find"),
    path("find/obligations.<slug:form>", views_find.export, name="find-export"),
]
