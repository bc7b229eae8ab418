"""``negatoscope console``: the Textual console over the admin socket."""

from typing import Annotated

import typer

from appliance.commands.asking import Config, Reason, socket_path
from appliance.commands.language import spoken


def command(
    lang: Annotated[str, typer.Option("--lang", metavar="fr|en")] = "",
    light: Annotated[bool, typer.Option("--light", help="clair / light")] = False,
    page: Annotated[str, typer.Option("--page", help="première page / first page")] = "overview",
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Open the console; it waits for the service when there is none yet."""
    from appliance.contract.client import AdminClient
    from tui.app import Console

    language = lang or spoken()
    client = AdminClient(socket_path(config), reason, language)
    Console(client, language=language, dark=not light, first=page).run()
