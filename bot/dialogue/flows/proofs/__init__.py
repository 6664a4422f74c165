"""Proofs of payment: a customer hands one in, an owner credits or refuses it. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine, Reader
from bot.dialogue.flows.proofs import deciding, handing
from bot.dialogue.proof_pending import OneProof, ProofWanted

FLOW = Flow(
    name="proofs",
    states={
        "proof": State(
            handing.ask_proof,
            "proof.unclear",
            {"asis": handing.as_it_is},
            handing.read_proof,
            figures=True,
            numbers_are_items=True,
            permission="private",
            pending=ProofWanted,
        ),
        "proofs": State(deciding.proofs_open, "unclear.inbox", read_only=True, permission="owner"),
        "proof_page": State(
            deciding.ask_page,
            "proofs.unclear",
            parse_text=deciding.read_sum,
            figures=True,
            numbers_are_items=True,
            back=deciding.proofs_open,
            permission="owner",
            pending=OneProof,
        ),
        "proof_refusing": State(
            deciding.ask_why,
            "proofs.unclear",
            {"because": deciding.refuse},
            deciding.refuse,
            free_text=True,
            back=deciding.ask_page,
            permission="owner",
            pending=OneProof,
        ),
    },
    commands=(
        # The name of the owners' queue is a letter away.
        Command("proof", handing.proof_line, "private", "command.proof", 73, near=False, listed=handing.is_listed),
        Command("proofs", deciding.proofs_open, "owner", "command.proofs", 325, HelpLine("help.money", 25)),
    ),
    buttons=(
        Anywhere("proof", handing.wanted, "private"),
        Anywhere("proofs", deciding.proofs_open, "owner"),
        Anywhere("proofpage", deciding.page, "owner"),
        Anywhere("proofcredit", deciding.credit, "owner"),
        Anywhere("proofrefuse", deciding.begin_refusing, "owner"),
    ),
    readers=(Reader("first", handing.said),),
    picture=handing.picture,
)
