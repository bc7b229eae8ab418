"""One transaction and its repositories."""

from sqlalchemy.engine import Connection

from appliance.store.accounts import SqlAccounts
from appliance.store.bearers import SqlBearers
from appliance.store.failures import SqlFailures
from appliance.store.forgetting import SqlForgetting
from appliance.store.grants import SqlGrants
from appliance.store.identities import SqlIdentities
from appliance.store.instances import SqlInstances
from appliance.store.jobs import SqlJobs
from appliance.store.journal import SqlJournal
from appliance.store.kept_work import SqlKeptWork
from appliance.store.messages import SqlMessages
from appliance.store.nodes import SqlNodes
from appliance.store.notes import SqlNotes
from appliance.store.otps import SqlOtps
from appliance.store.outbox import SqlOutbox
from appliance.store.passkeys import SqlPasskeys
from appliance.store.people import SqlPeople
from appliance.store.promises import SqlPromises
from appliance.store.reports import SqlReports
from appliance.store.retention import SqlRetention
from appliance.store.segments import SqlSegments
from appliance.store.sendings import SqlSendings
from appliance.store.sessions import SqlSessions
from appliance.store.shares import SqlShares
from appliance.store.staff import SqlStaff
from appliance.store.studies import SqlStudies
from appliance.store.tickets import SqlTickets
from appliance.usecases import ports


class SqlWork:
    """Every repository on one connection (`appliance.usecases.ports.Work`)."""

    def __init__(self, connection: Connection) -> None:
        self.shares: ports.Shares = SqlShares(connection)
        self.people: ports.People = SqlPeople(connection)
        self.studies: ports.Studies = SqlStudies(connection)
        self.instances: ports.Instances = SqlInstances(connection)
        self.retention: ports.Retention = SqlRetention(connection)
        self.forgetting: ports.Forgetting = SqlForgetting(connection)
        self.accounts: ports.Accounts = SqlAccounts(connection)
        self.staff: ports.Staff = SqlStaff(connection)
        self.sessions: ports.Sessions = SqlSessions(connection)
        self.bearers: ports.Bearers = SqlBearers(connection)
        self.passkeys: ports.Passkeys = SqlPasskeys(connection)
        self.tickets: ports.Tickets = SqlTickets(connection)
        self.promises: ports.Promises = SqlPromises(connection)
        self.grants: ports.Grants = SqlGrants(connection)
        self.otps: ports.Otps = SqlOtps(connection)
        self.failures: ports.Failures = SqlFailures(connection)
        self.jobs: ports.Jobs = SqlJobs(connection)
        self.journal: ports.Journal = SqlJournal(connection)
        self.segments: ports.Segments = SqlSegments(connection)
        self.outbox: ports.Outbox = SqlOutbox(connection)
        self.nodes: ports.Nodes = SqlNodes(connection)
        self.reports: ports.Reports = SqlReports(connection)
        self.identities: ports.Identities = SqlIdentities(connection)
        self.messages: ports.Messages = SqlMessages(connection)
        self.notes: ports.Notes = SqlNotes(connection)
        self.kept_work: ports.KeptWork = SqlKeptWork(connection)
        self.sendings: ports.Sendings = SqlSendings(connection)
