"""One page a file; `PAGES` names them."""

from tui.screens.about import About
from tui.screens.codes import Codes
from tui.screens.jobs import Jobs
from tui.screens.journal import Journal
from tui.screens.nodes import Nodes
from tui.screens.overview import OverviewPage
from tui.screens.page import Page
from tui.screens.sendings import Sendings
from tui.screens.studies import Studies

PAGES: dict[str, type[Page]] = {
    page.name_: page for page in (OverviewPage, Nodes, Sendings, Studies, Codes, Jobs, Journal, About)
}
