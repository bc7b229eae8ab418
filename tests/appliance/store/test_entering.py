"""What stands behind logging in: accounts without an address, passkeys, tickets, promises; and the upgrade to them."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.staff import Role, StaffMember
from appliance.store import migrations
from appliance.usecases.ports import AccountRow, Page, PasskeyRow, PromiseRow, SessionRow, StudyRow, TicketRow

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def account(national_id: str, email: str = "", proof: str = "card") -> AccountRow:
    return AccountRow(
        AccountId(0), email, "Alix", "MARTIN", "", "", national_id, "10", "", False, None, NOW, proof, None, None,
        "good",
    )  # fmt: skip


def test_accounts_without_an_address_stand_beside_each_other(database):
    with database.writing() as work:
        first, second = work.accounts.add(account("8101")), work.accounts.add(account("8102", proof="psc"))
        assert work.accounts.by_email("") is None
        assert work.accounts.by_national_id("8102").id == second
        row = work.accounts.by_id(first)
        work.accounts.change(replace(row, email="Doc@Example.org", certificate=b"der", email_verified_at=NOW))
    with database.reading() as work:
        found = work.accounts.by_email("doc@example.org")
        assert (found.id, found.certificate, found.email_verified_at) == (first, b"der", NOW)
        assert [row.id for row in work.accounts.proven_by_card(AccountId(0), 10)] == [first]


def test_an_address_belongs_to_one(database):
    with database.writing() as work:
        work.accounts.add(account("8101", "a@b.example"))
    with pytest.raises(sa.exc.IntegrityError), database.writing() as work:
        work.accounts.add(account("8102", "A@B.example"))


def test_a_ticket_is_taken_once_in_time_and_for_its_purpose(database):
    with database.writing() as work:
        work.tickets.add(TicketRow(b"hash", "card", {"national_id": "8101"}, NOW + timedelta(seconds=60)))
        assert work.tickets.take(b"hash", "psc", NOW) is None
        assert work.tickets.take(b"hash", "card", NOW + timedelta(seconds=60)) is None
        assert work.tickets.by_token(b"hash", "card", NOW) is not None
    taken: list[TicketRow] = []

    def take() -> None:
        with database.writing() as work:
            found = work.tickets.take(b"hash", "card", NOW)
        if found is not None:
            taken.append(found)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ticket.facts for ticket in taken] == [{"national_id": "8101"}]
    with database.writing() as work:
        assert work.tickets.sweep(NOW + timedelta(days=1)) == 1


def test_passkeys_are_of_one_person(database):
    with database.writing() as work:
        mine = work.accounts.add(account("8101"))
        other = work.accounts.add(account("8102"))
        key = work.passkeys.add(PasskeyRow(0, mine, None, b"credential", b"cose", 1, "Cabinet", NOW))
        work.passkeys.add(PasskeyRow(0, other, None, b"other", b"cose", 0, "", NOW))
        work.passkeys.used(key, 7, NOW)
        work.passkeys.rename(key, "Maison")
    with database.writing() as work:
        [found] = work.passkeys.of(account_id=mine)
        assert (found.sign_count, found.name, found.used_at) == (7, "Maison", NOW)
        assert work.passkeys.by_credential(b"credential") == found
        assert work.passkeys.of() == []
        work.passkeys.remove(key)
        assert work.passkeys.of(account_id=mine) == []


def test_a_promise_waits_for_its_person(database):
    with database.writing() as work:
        person = work.people.ensure(PatientTraits(Identifier("F-1"), "A^B", "", ""))
        study = StudyRow(StudyUID("1.2"), person, PatientTraits(Identifier("F-1"), "A^B", "", ""), None, "", "", (), "",
                         "", "")  # fmt: skip
        work.studies.ensure(study)
        end = NOW + timedelta(hours=4)
        row = PromiseRow(0, "8101", StudyUID("1.2"), person, "urgence", "appel", "accueil", NOW, end)
        promise = work.promises.add(row)
        assert [p.id for p in work.promises.open("8101", NOW)] == [promise]
        assert work.promises.open("8102", NOW) == []
        assert work.promises.open("8101", end) == []
        work.promises.taken(promise, NOW)
        assert work.promises.open("8101", NOW) == []
        assert work.promises.listed(Page())[1] == 1


def test_other_sessions_end_and_one_stays(database):
    with database.writing() as work:
        mine = work.accounts.add(account("8101"))
        rows = [SessionRow(0, bytes([n]), mine, None, "c", "card", "", NOW, NOW, NOW + timedelta(hours=1), None, "", "",
                           f"browser {n}") for n in range(3)]  # fmt: skip
        ids = [work.sessions.add(row) for row in rows]
        assert [row.user_agent for row in work.sessions.live(mine, NOW)] == ["browser 2", "browser 1", "browser 0"]
        assert work.sessions.end_all(account_id=mine, at=NOW, cause="closed", but=ids[1]) == 2
        assert [row.id for row in work.sessions.live(mine, NOW)] == [ids[1]]
        assert work.sessions.live(mine, NOW + timedelta(minutes=1)) == []


def test_a_member_sets_up_what_somebody_else_gave(database):
    with database.writing() as work:
        given = StaffMember(0, "accueil", "Accueil", Role.DESK, "hash", "SECRET", must_set_up=True, national_id="3001")
        made = work.staff.add(given)
        assert work.staff.by_id(made).must_set_up
        work.staff.set_up(made, "mine", "OTHER")
        found = work.staff.by_national_id("3001")
        assert (found.password_hash, found.totp_secret, found.must_set_up) == ("mine", "OTHER", False)
        assert work.staff.by_national_id("") is None


def test_the_upgrade_keeps_the_people_who_are_there(url):
    with migrations._alone(sa.make_url(url)) as connection:
        config = migrations._config()
        config.attributes["configure"] = {
            "connection": connection,
            "render_as_batch": connection.dialect.name == "sqlite",
            "transactional_ddl": True,
        }
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO account (email, given_name, family_name, national_id, otp_enabled, created_at) "
            f"VALUES ('a@b.example', 'Alix', 'MARTIN', '8101', {'true' if 'postgresql' in url else 1}, "
            f"{int(NOW.timestamp() * 1_000_000)})"
        )
        connection.exec_driver_sql(
            "INSERT INTO session (token_hash, account_id, csrf, means, created_at, gesture_at, until) "
            f"SELECT {'decode(' + repr('00') + ', ' + repr('hex') + ')' if 'postgresql' in url else repr('x')}, "
            "id, 'c', 'card', 0, 0, 0 FROM account"
        )
    assert migrations.migrate(url) == migrations.latest()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT a.email, a.email_verified_at = a.created_at, s.csrf, s.user_agent "
            "FROM account a JOIN session s ON s.account_id = a.id"
        ).all()
    engine.dispose()
    assert [(row[0], bool(row[1]), row[2], row[3]) for row in rows] == [("a@b.example", True, "c", "")]
