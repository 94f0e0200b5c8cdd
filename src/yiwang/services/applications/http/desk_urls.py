"""Addresses of the desk."""

from django.urls import path

from yiwang.services.applications.http import (
    desk,
    desk_bulk,
    desk_cases,
    desk_papers,
    desk_ratings,
    desk_settings,
    desk_ways,
    desk_window,
)

app_name = "desk"
urlpatterns = [
    path("", desk.inbox, name="inbox"),
    path("tasks/<int:task_id>/", desk.task, name="task"),
    path("tasks/<int:task_id>/reveal/", desk.reveal, name="reveal"),
    path("tasks/<int:task_id>/ways/<slug:key>/", desk_ways.way, name="way"),
    path("copies/<int:circulation_id>/read/", desk_ways.confirm_read, name="confirm-read"),
    path("signatures/<int:act_id>/", desk_cases.signature, name="signature"),
    path("bulk/", desk_bulk.bulk, name="bulk"),
    path("bulk/<int:run_id>/", desk_bulk.bulk_run, name="bulk-run"),
    path("settings/", desk_settings.settings, name="settings"),
    path("settings/deputies/<int:deputyship_id>/end/", desk_settings.end_deputy, name="end-deputy"),
    path("settings/phrases/", desk_settings.add_phrase, name="add-phrase"),
    path(
        "settings/phrases/<int:phrase_id>/remove/",
        desk_settings.remove_phrase,
        name="remove-phrase",
    ),
    path("settings/hand-over/", desk_settings.hand_over, name="hand-over"),
    path(
        "settings/hand-over/<int:hand_over_id>/",
        desk_settings.hand_over_run,
        name="hand-over-run",
    ),
    path("upload/", desk.upload, name="upload"),
    path("files/<int:file_id>/", desk_cases.file, name="file"),
    path("cases/", desk_cases.case_list, name="cases"),
    path("cases/<str:number>/", desk_cases.case, name="case"),
    path("cases/<str:number>/receipt/", desk_window.receipt, name="receipt"),
    path("cases/<str:number>/rate/", desk_window.rate, name="rate"),
    path("cases/<str:number>/papers/<int:paper_id>/", desk_cases.paper, name="paper"),
    path("cases/<str:number>/papers/<int:paper_id>/serve/", desk_papers.serve, name="serve"),
    path("cases/<str:number>/extend/", desk_papers.extend, name="extend"),
    path("papers/", desk_papers.unserved, name="unserved"),
    path("limits/", desk_papers.kept_limits, name="limits"),
    path("licences/<int:case_id>/<int:licence_id>/", desk_cases.licence_pdf, name="licence-pdf"),
    path("window/", desk_window.window, name="window"),
    path("window/party/", desk_window.for_party, name="window-party"),
    path("window/next/", desk_window.next_person, name="window-next"),
    path("window/start/<str:code>/", desk_window.start, name="start"),
    path("window/<uuid:client_id>/<str:key>/", desk_window.page, name="page"),
    path("window/<uuid:client_id>/<str:key>/autosave/", desk_window.autosave, name="autosave"),
    path("ratings/", desk_ratings.ratings, name="ratings"),
]
