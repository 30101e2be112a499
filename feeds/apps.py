from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "feeds"

    def ready(self) -> None:
        from feeds import addresses
        from obligations import retention

        retention.follow("tokens", addresses.forget)
