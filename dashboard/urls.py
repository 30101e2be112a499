"""Addresses of the dashboard."""

from django.urls import path

from dashboard import views, views_figures, views_find

urlpatterns = [
    path("", views.today, name="today"),
    path("boards/<slug:key>/", views.board, name="board"),
    path("calendar/", views_figures.calendar_page, name="calendar"),
    path("reports/", views_figures.reports_page, name="reports"),
    path("find/", views_find.find, name="find"),
    path("find/obligations.<slug:form>", views_find.export, name="find-export"),
]
