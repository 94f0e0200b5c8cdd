from django.apps import AppConfig


class ThemesConfig(AppConfig):
    name = "yiwang.services.themes"
    label = "themes"
    verbose_name = "一件事"

    def ready(self) -> None:
        from yiwang.kernel.casework.ratings.facade import register_item_path
        from yiwang.kernel.reach.notify.facade import register_pack_of_case
        from yiwang.services.applications.pages import (
            CasePages,
            register_case_pages,
            register_titles,
        )
        from yiwang.services.applications.wizard import register_wizard
        from yiwang.services.themes import reactions  # noqa: F401 registers the consumers
        from yiwang.services.themes.actions import publishing  # noqa: F401 registers the section
        from yiwang.services.themes.http.shown import draft_titles
        from yiwang.services.themes.models import KIND
        from yiwang.services.themes.selectors import pack_of_whole
        from yiwang.services.themes.telling import tell_whole
        from yiwang.services.themes.wizard import PREFIX, open_theme_wizard

        register_pack_of_case(KIND, pack_of_whole)
        register_item_path(KIND, "theme_application__theme_key")
        register_case_pages(KIND, CasePages("themes:case", "themes-desk:case", tell_whole))
        register_titles(draft_titles)
        register_wizard(PREFIX, open_theme_wizard)
