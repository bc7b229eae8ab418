"""``negatoscope doctor``: what can be checked from inside, each fault with what to do."""

import typer

from appliance.commands.asking import SAID_NO, AsJson, Config, Reason, ask, say_json, words

SIGNS = {"ok": "●", "info": "◐", "warn": "▲", "bad": "✖", "mute": "○"}


def command(as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Tout contrôler ; 1 s'il faut réparer / check everything; 1 when something is to repair."""
    checks = ask(lambda client: client.checks(), reason, config, as_json=as_json)
    if as_json:
        say_json(checks)
    else:
        say = words()
        for check in checks:
            typer.echo(f"{SIGNS[check.level]} {say.saying(check.text)}")
            if check.remedy is not None:
                typer.echo(f"    → {say.saying(check.remedy)}")
    if any(check.level == "bad" for check in checks):
        raise typer.Exit(SAID_NO)
