"""One transaction and its repositories."""

from sqlalchemy.engine import Connection

from appliance.store.accounts import SqlAccounts
from appliance.store.failures import SqlFailures
from appliance.store.instances import SqlInstances
from appliance.store.jobs import SqlJobs
from appliance.store.journal import SqlJournal
from appliance.store.nodes import SqlNodes
from appliance.store.otps import SqlOtps
from appliance.store.outbox import SqlOutbox
from appliance.store.people import SqlPeople
from appliance.store.sessions import SqlSessions
from appliance.store.shares import SqlShares
from appliance.store.staff import SqlStaff
from appliance.store.studies import SqlStudies


class SqlWork:
    """Every repository on one connection (`appliance.usecases.ports.Work`)."""

    def __init__(self, connection: Connection) -> None:
        self.shares = SqlShares(connection)
        self.people = SqlPeople(connection)
        self.studies = SqlStudies(connection)
        self.instances = SqlInstances(connection)
        self.accounts = SqlAccounts(connection)
        self.staff = SqlStaff(connection)
        self.sessions = SqlSessions(connection)
        self.otps = SqlOtps(connection)
        self.failures = SqlFailures(connection)
        self.jobs = SqlJobs(connection)
        self.journal = SqlJournal(connection)
        self.outbox = SqlOutbox(connection)
        self.nodes = SqlNodes(connection)
