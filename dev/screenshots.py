"""`make screenshots`: the pictures of the README and of the store page, from the running demo."""

import base64
import io
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

from . import demo, odoo, settings
from .provision import chromium, poppler
from .settings import say

WIDTH, HEIGHT = 1440, 900
COLOURS = 128  # screens are flat: fewer colours make the files three times smaller
SETTLING = 1500  # ms: side panels load after the records, dialogues fade in
NOT_RUNNING = "The demo is not running: start it with `make demo`, then take the pictures again."
LOGINS = ("admin", "camille", "louis")
ACTION = f"action-{settings.ADDON}."

# What a French accountant brings: semicolons, decimal commas, and a day that does not exist.
SAMPLE_NAME = "creances_au_31_decembre.csv"
SAMPLE = """\
Client;N° facture;Date facture;Échéance;Montant TTC;Devise;Réglé le;Montant contesté;Motif
Menuiserie Aubrac;FA-2041;04/03/2024;03/04/2024;1 842,60;EUR;02/04/2024;;
Menuiserie Aubrac;FA-2077;15/04/2024;15/05/2024;2 310,00;EUR;;;
Hôtel des Deux Rives;FA-2058;21/03/2024;20/04/2024;4 975,20;EUR;;1 200,00;Retard de livraison
Cabinet Lenoir Architectes;FA-2063;28/03/2024;31/04/2024;2 640,00;EUR;;;
Brasserie du Pont Neuf;FA-2070;08/04/2024;08/05/2024;978,00;EUR;11/05/2024;;
Brasserie du Pont Neuf;AV-0112;10/04/2024;10/04/2024;-150,00;EUR;;;
"""


@dataclass(frozen=True)
class Shot:
    """One picture. `path` follows /odoo/; `record` is ``(model, domain)``: its first is opened.

    Once `wait` is there the `clicks` are done in turn; the picture is taken when `then` is there,
    with `centre` in its middle.
    """

    name: str
    title: str
    path: str
    login: str = "admin"
    record: tuple | None = None
    wait: str = ".o_list_view .o_data_row"
    clicks: tuple[str, ...] = ()
    then: str = ""
    centre: str = ""


NOTICE = "account.dunning.notice"
SCENARIO = "account.dunning.scenario"
DISPUTE = "account.dispute"
IMPORT = "account.receivable.import"
PENALTY = "account.penalty"
SCORE = "account.customer.score"
FORM = ".o_form_view"
CARD = ".o_kanban_view .o_kanban_record:not(.o_kanban_ghost)"
GROUP = ".o_group_header:has-text('%s')"
FOUNDED_CREDIT = [("move_type", "=", "out_refund"), ("partner_id.ref", "=", "C008")]
LARGE_PENALTY = [("partner_id.ref", "=", "C091")]
SCORED = [("partner_id.ref", "=", "C004"), ("superseded_on", "=", False)]
CONTESTED = [("amount_contested", ">", 0), ("state", "!=", "cancelled")]

SHOTS = (
    Shot("receivables", "Receivables, and their tie-out to the ledger", "receivables"),
    Shot("recouvrement", "The same in French", "receivables", login="camille"),
    Shot(
        "contest",
        "Contest a part of an invoice",
        "receivables",
        clicks=("button[name=action_contest] >> nth=0",),
        then=".modal .o_form_view",
    ),
    Shot(
        "disputes",
        "Disputes by stage",
        ACTION + "account_dispute_action",
        wait=CARD,
    ),
    Shot(
        "litiges",
        "The same in French",
        ACTION + "account_dispute_action",
        login="camille",
        wait=CARD,
    ),
    Shot(
        "dispute",
        "A dispute: what is contested, what is late, what comes next",
        ACTION + "account_dispute_action",
        record=(DISPUTE, [("has_reputation_risk", "=", True)]),
        wait=FORM,
    ),
    Shot(
        "litige",
        "The same in French",
        ACTION + "account_dispute_action",
        login="camille",
        record=(DISPUTE, [("state", "=", "proposal")]),
        wait=FORM,
    ),
    Shot(
        "resolve",
        "Settle a dispute: what will be booked is shown before",
        ACTION + "account_dispute_action",
        record=(DISPUTE, [("resolution_ids.state", "=", "to_approve")]),
        wait="button[name=action_resolve]:visible",
        clicks=("button[name=action_resolve]:visible",),
        then=".modal .o_form_view",
    ),
    Shot(
        "credit_note",
        "The credit note of a founded dispute, reconciled with its invoice",
        "action-account.action_move_out_refund_type",
        record=("account.move", FOUNDED_CREDIT),
        wait=FORM,
    ),
    Shot(
        "in_dispute",
        "An invoice in dispute",
        "action-account.action_move_out_invoice_type",
        record=("account.move", [("line_ids.dispute_line_ids.dispute_id.state", "=", "proposal")]),
        wait=FORM,
    ),
    Shot(
        "task",
        "What a colleague in logistics sees: the question, and nothing of the books",
        ACTION + "account_dispute_task_action",
        login="louis",
        record=("account.dispute.task", [("user_id.login", "=", "louis"), ("state", "=", "todo")]),
        wait=FORM,
    ),
    Shot(
        "run",
        "A run: what was decided, for how much",
        ACTION + "account_dunning_run_action",
        record=("account.dunning.run", [("is_dry", "=", False)]),
        wait=FORM,
    ),
    Shot(
        "decisions",
        "Why each receivable was, or was not, reminded",
        ACTION + "account_dunning_decision_action",
        wait=".o_list_view .o_group_header",
        clicks=(GROUP % "Paused by a person", GROUP % "Contested", GROUP % "Next step not reached"),
        then=".o_data_row",
    ),
    Shot(
        "notices",
        "Notices by state",
        ACTION + "account_dunning_notice_action",
        wait=CARD,
    ),
    Shot(
        "notice",
        "A notice: frozen amounts, and what is contested apart",
        ACTION + "account_dunning_notice_action",
        record=(NOTICE, [*CONTESTED, ("channel", "=", "email")]),
        wait=FORM,
    ),
    Shot(
        "relance",
        "The same in French",
        ACTION + "account_dunning_notice_action",
        login="camille",
        record=(NOTICE, [*CONTESTED, ("channel", "=", "email")]),
        wait=FORM,
    ),
    Shot(
        "call",
        "Log a call: its outcome says what follows",
        ACTION + "account_dunning_notice_action",
        record=(NOTICE, [("channel", "=", "call"), ("state", "=", "draft")]),
        wait="button[name=action_done]:visible",
        clicks=("button[name=action_done]:visible",),
        then=".modal .o_form_view",
    ),
    Shot(
        "answered",
        "A notice that the customer has answered",
        ACTION + "account_dunning_notice_action",
        record=(NOTICE, [("replied_on", "!=", False)]),
        wait=FORM,
    ),
    Shot("registered", "Registered letters: deposit and receipt", "dunning-registered-letters"),
    Shot(
        "formal",
        "A formal notice: certain, liquid, due",
        ACTION + "account_dunning_notice_action",
        record=(NOTICE, [("tone", "=", "formal"), ("state", "=", "draft")]),
        wait="a[name=checklist]",
        clicks=("a[name=checklist]",),
        then=".o_field_widget[name=checklist_html]",
    ),
    Shot("prelitigation", "Formal notices that have expired", "pre-litigation"),
    Shot("coverage", "Who was contacted, and why not", "dunning-coverage", wait=".o_pivot_view"),
    Shot(
        "scenario",
        "A scenario and its steps",
        ACTION + "account_dunning_scenario_action",
        record=(SCENARIO, []),
        wait=FORM,
    ),
    Shot(
        "simulation",
        "A draft version, simulated beside what is done now",
        ACTION + "account_dunning_scenario_action",
        record=(SCENARIO, [("state", "=", "draft"), ("origin_id", "!=", False)]),
        wait=FORM,
        clicks=(
            ".o_form_view button:has-text('Simulate…')",
            ".modal footer button[name=action_simulate]",
        ),
        then=".o_form_view .o_field_widget[name=row_ids] .o_data_row",
    ),
    Shot(
        "import",
        "Import: every row is judged before anything is loaded",
        ACTION + "account_receivable_import_action",
        record=(IMPORT, [("name", "=", SAMPLE_NAME)]),
        wait=FORM,
    ),
    Shot("penalties", "What late payment costs, and what was made of it", "penalties"),
    Shot(
        "penalty",
        "A penalty: its working is a sum for a pocket calculator",
        "penalties",
        record=(PENALTY, LARGE_PENALTY),
        wait=".o_field_widget[name=working_html] td",
    ),
    Shot(
        "penalty_simulation",
        "Simulate penalties: any day, both orders of settlement",
        "penalties",
        record=(PENALTY, LARGE_PENALTY),
        wait="button[name=action_simulate]:visible",
        clicks=("button[name=action_simulate]:visible",),
        then=".modal .o_field_widget[name=result_html] td",
    ),
    Shot(
        "penalty_analysis",
        "Penalties by customer and year",
        "penalties-analysis",
        wait=".o_pivot_view td",
    ),
    Shot(
        "penalty_rates",
        "Reference rates, with their sources",
        ACTION + "account_reference_rate_action",
    ),
    Shot(
        "penalty_settings",
        "Settings of penalties, with a worked example",
        "action-account.action_account_config",
        wait="#penalty_example .o_field_widget[name=penalty_example_html] td",
        centre="#penalty_example",
    ),
    Shot(
        "score",
        "A score: each part with its reason, and the sum that makes the total",
        "customer-scores",
        record=(SCORE, SCORED),
        wait=".o_field_widget[name=component_ids] .o_data_row",
    ),
    Shot(
        "score_history",
        "A score over time",
        "customer-scores",
        record=(SCORE, SCORED),
        wait="button[name=action_view_history]",
        clicks=("button[name=action_view_history]",),
        then=".o_graph_renderer canvas",
    ),
    Shot(
        "score_formula",
        "The formula: weights and break points of each part",
        "score-formulas",
        record=("account.customer.score.formula", [("state", "=", "active")]),
        wait=".o_field_widget[name=component_ids] .o_data_row",
    ),
    Shot(
        "expected",
        "What is expected, month by month, from good payers and others",
        "expected-payments",
        wait=".o_pivot_view td",
    ),
    Shot("signals", "What changed, and what to do about it", "customer-signals"),
    Shot(
        "settings",
        "Settings: the default scenario, how often, what is checked, legal mentions",
        "action-account.action_account_config",
        wait="#dunning_scenario",
        centre="#dunning_checks",
    ),
)


def main(options: dict[str, str]) -> int:
    folder = Path(options.get("OUT") or settings.ROOT / "static" / "description").resolve()
    if not demo.RESULT.exists() or not odoo.is_running("odoo"):
        print(NOT_RUNNING, file=sys.stderr)
        return 1
    poppler()
    folder.mkdir(parents=True, exist_ok=True)
    missing = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--force-color-profile=srgb"]
        )
        clients = {login: Client(browser, login) for login in LOGINS}
        try:
            clients["admin"].create_sample_import()
            for shot in SHOTS:
                try:
                    picture = clients[shot.login].take(shot)
                except BrowserError as error:
                    missing.append(shot.name)
                    say(f"{shot.name}: not taken; {str(error).splitlines()[0]}")
                    continue
                _save(picture, folder / f"{shot.name}.png", shot.title)
            _save(clients["admin"].letter(), folder / "letter.png", "A letter")
        finally:
            clients["admin"].remove_sample_import()
            browser.close()
    pictures = sorted(f"{shot.name}.png" for shot in SHOTS if shot.name not in missing)
    result = {"pictures": [*pictures, "letter.png"], "missing": missing, "folder": str(folder)}
    print(json.dumps(result))
    return 1 if missing else 0


class Client:
    """A user in a browser."""

    def __init__(self, browser, login: str):
        self.url = demo._url()
        self.page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        self.page.goto(f"{self.url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_web_client .o_main_navbar")

    def call(self, model: str, method: str, arguments: list, **keywords):
        """Call a public method, as the web client does.

        :raise odoo.OdooError: when the server answers with an error.
        """
        answer = self.page.request.post(
            f"{self.url}/web/dataset/call_kw/{model}/{method}",
            data={
                "jsonrpc": "2.0",
                "params": {
                    "model": model,
                    "method": method,
                    "args": arguments,
                    "kwargs": keywords,
                },
            },
        ).json()
        if "error" in answer:
            raise odoo.OdooError(f"{model}.{method}: {answer['error']['data']['message']}")
        return answer.get("result")

    def take(self, shot: Shot) -> bytes:
        path = shot.path
        if shot.record:
            model, domain = shot.record
            found = self.call(model, "search", [domain], limit=1)
            if not found:
                raise BrowserError(f"the demo has no {model} with {domain}")
            path += f"/{found[0]}"
        self.page.goto(f"{self.url}/odoo/{path}")
        self.page.wait_for_selector(shot.wait)
        for click in shot.clicks:
            self.page.click(click)
        if shot.then:
            self.page.wait_for_selector(shot.then)
        if shot.centre:
            self.page.locator(shot.centre).evaluate(
                "node => node.scrollIntoView({block: 'center'})"
            )
        self.page.wait_for_function("[...document.images].every(image => image.complete)")
        self.page.wait_for_timeout(SETTLING)
        return self.page.screenshot()

    def letter(self) -> bytes:
        """The first page of a letter that shows a contested amount apart."""
        domain = [*CONTESTED, ("attachment_id", "!=", False)]
        notices = self.call(NOTICE, "search_read", [domain, ["attachment_id"]], limit=1)
        if not notices:
            raise odoo.OdooError("The demo has no letter with a contested amount.")
        pdf = self.page.request.get(f"{self.url}/web/content/{notices[0]['attachment_id'][0]}")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "letter.pdf"
            path.write_bytes(pdf.body())
            subprocess.run(
                ["pdftoppm", "-r", "100", "-png", "-singlefile", path, path.with_suffix("")],
                check=True,
            )
            return path.with_suffix(".png").read_bytes()

    def create_sample_import(self) -> None:
        """An import that is checked and not loaded."""
        content = base64.b64encode(SAMPLE.encode("cp1252")).decode()
        (created,) = self.call(IMPORT, "create", [[{"name": SAMPLE_NAME, "file": content}]])
        self.call(IMPORT, "action_check", [[created]])

    def remove_sample_import(self) -> None:
        self.call(IMPORT, "unlink", [self.call(IMPORT, "search", [[("name", "=", SAMPLE_NAME)]])])


def _save(picture: bytes, path: Path, title: str) -> None:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    say(f"{path.name:<18}{path.stat().st_size // 1024:>5} kB  {title}")
