"""What the bridge makes of the settings for HL7, and the job that takes a rejected message again."""

from collections.abc import Mapping
from typing import Any

from appliance.bootstrap import House
from appliance.domain.errors import Malformed
from appliance.domain.jobs import Job
from appliance.usecases.feed import Feed
from pacs_bridge.hl7.intake import Habits, Intake
from pacs_bridge.hl7.patients import Reading
from pacs_bridge.work import Beat, Handler


def intake_of(house: House) -> Intake:
    """Return what takes messages, by the settings; the demo takes those of the test environment too."""
    hl7, test = house.settings.hl7, house.settings.hl7.test or house.settings.demo
    habits = Habits(Reading(dict(hl7.issuers), test, hl7.accession), hl7.charset, hl7.senders, test)
    return Intake(house.feed, house.results, house.clock, habits)


def replayer(feed: Feed, intake: Intake) -> Handler:
    """Return the handler of *replay*: ``{state, cause}``; a message that is still wrong is an answer, not a failure."""

    def replay(job: Job, _beat: Beat) -> Mapping[str, Any]:
        row = feed.waiting(int(job.payload.get("message") or 0))
        try:
            return {"state": intake.replay(row.body, row.peer), "cause": ""}
        except Malformed as fault:
            return {"state": "rejected", "cause": fault.cause}

    return replay
