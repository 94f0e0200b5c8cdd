"""Addresses of the rule editor and of instant approval, below the desk."""

from django.urls import path

from yiwang.services.releases.http import instant, rules

app_name = "releases"
urlpatterns = [
    path("rules/", rules.table_list, name="rules"),
    path("rules/<str:key>/", rules.table, name="rule"),
    path("rules/<str:key>/export.<str:kind>", rules.download, name="export"),
    path("rules/<str:key>/draft/", rules.begin, name="begin"),
    path("rules/<str:key>/draft/edit/", rules.edit, name="edit"),
    path("rules/<str:key>/draft/compare/", rules.compare_page, name="compare"),
    path("rules/<str:key>/draft/replay/", rules.replay_step, name="replay"),
    path("instant/", instant.path_list, name="paths"),
    path("instant/reviews/", instant.reviews, name="reviews"),
    path("instant/<str:key>/", instant.path_page, name="path"),
]
