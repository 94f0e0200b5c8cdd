"""Addresses of themes on the portal."""

from django.urls import path
from django.views.decorators.cache import never_cache

from yiwang.services.themes.http import portal

app_name = "themes"
urlpatterns = [
    path("themes/", portal.theme_list, name="themes"),
    path("themes/<str:key>/", portal.theme, name="theme"),
    path("themes/<str:key>/start/", never_cache(portal.start), name="start"),
    path("wholes/<str:number>/", never_cache(portal.whole), name="case"),
    path("wholes/<str:number>/correct/", never_cache(portal.correct), name="correct"),
    path("wholes/<str:number>/withdraw/", never_cache(portal.withdraw), name="withdraw"),
]
