"""Sellers of a reseller's shop: invited, admitted, bounded, ended; and what they sold. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import AfterGuard, Anywhere, Command, Flow, HelpLine, MenuButton, Reader
from bot.dialogue.flows.sellers import inviting, joining, people, till
from bot.dialogue.seller_pending import AdmitSeller, BecomingSeller, OneSeller, RaiseSellerLimit

FLOW = Flow(
    name="sellers",
    after_guard={
        AdmitSeller: AfterGuard(joining.admit_guarded, joining.back_from_guard, "pin.ask_seller"),
        RaiseSellerLimit: AfterGuard(people.set_limit, people.back_to_page, "pin.ask_seller_limit"),
    },
    states={
        "sellers": State(people.listed, "unclear.idle", read_only=True, permission="reseller"),
        "seller": State(
            people.ask_page,
            "unclear.idle",
            read_only=True,
            back=people.listed,
            permission="reseller",
            pending=OneSeller,
        ),
        "seller_name": State(
            inviting.ask_name, "unclear.client_name", {}, inviting.read_name, True, permission="reseller"
        ),
        "seller_limit": State(
            people.ask_limit,
            "unclear.amount",
            {"most": people.take_limit},
            people.read_limit,
            figures=True,
            back=people.ask_page,
            permission="reseller",
            pending=OneSeller,
        ),
        # Who is asked here sells for nobody yet.
        "seller_join": State(
            joining.ask_join,
            "unclear.yes_no",
            {"do": joining.agree, "cancel": joining.decline},
            permission="private",
            pending=BecomingSeller,
        ),
        "seller_leave": State(till.ask_leave, "unclear.yes_no", {"do": till.do_leave}, permission="seller"),
    },
    commands=(Command("sellers", people.listed, "reseller", "command.sellers", 275, HelpLine("help.selling", 75)),),
    menu=(MenuButton(50, 20, till.menu_button),),
    help_text=till.help_text,
    order_note=people.sold_by,
    spending_limit_xof=till.spending_limit_xof,
    buttons=(
        Anywhere("sellers", people.listed, "reseller"),
        Anywhere("seller", people.page, "reseller"),
        Anywhere("addseller", inviting.add, "reseller"),
        Anywhere("admit", joining.admit, "reseller"),
        Anywhere("unadmit", joining.refuse, "reseller"),
        Anywhere("sellersold", people.sold, "reseller"),
        Anywhere("sellerpause", people.pause, "reseller"),
        Anywhere("sellerend", people.end, "reseller"),
        Anywhere("sellerlimit", people.limit, "reseller"),
        Anywhere("sellerpin", people.forget_pin, "reseller"),
        Anywhere("till", till.till, "seller"),
        Anywhere("leaveshop", till.leave, "seller"),
        Anywhere("sellershow", people.show_balance, "reseller"),
    ),
    readers=(Reader("code", joining.read_code),),
    words=dict.fromkeys(
        ("vendeurs", "mes vendeurs", "vendeur", "vendeuses", "sellers", "my sellers", "seller"), "sellers"
    ),
)
