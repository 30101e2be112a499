"""Addresses of agreements."""

from django.urls import path

from agreements import views

urlpatterns = [
    path("", views.agreements, name="agreements"),
    path("new/", views.new_agreement, name="agreement-new"),
    path("coverage/<slug:reference>/", views.coverage_page, name="agreement-coverage"),
    path("<int:pk>/", views.agreement, name="agreement"),
    path("<int:pk>/contacts/", views.add_contact, name="agreement-contact"),
    path("<int:pk>/terms/", views.add_term, name="agreement-term"),
    path("<int:pk>/contract/", views.attach, name="agreement-contract"),
]
