"""What customers of an outdoor shop write to its support, and what the assistant does and answers."""

import dataclasses
import random
from typing import Any

NAMES = [
    "Amara Okafor",
    "Jonas Weber",
    "Mei Tanaka",
    "Sofía Álvarez",
    "Liam O'Brien",
    "Priya Nair",
    "Noah Lindqvist",
    "Fatima Zahra",
    "Ana Kovač",
    "Tomás Pereira",
    "Ingrid Dahl",
    "Yusuf Demir",
]
PRODUCTS = [
    "Ridgeline 45 L pack",
    "Fjord down jacket",
    "Kestrel trail shoes",
    "Basecamp 3 tent",
    "Tarn rain shell",
    "Cinder stove",
    "Moraine sleeping bag",
    "Switchback poles",
    "Lumen headlamp",
    "Drift dry bag",
]
CITIES = ["Lyon", "Hamburg", "Leeds", "Turin", "Gothenburg", "Porto", "Ghent", "Brno"]
CARRIERS = ["DHL", "PostNord", "GLS", "UPS"]


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One kind of question. Texts are templates over the facts of a case."""

    intent: str
    question: str
    tool: str
    arguments: tuple[str, ...]
    result: dict[str, Any]
    article: str
    answer: str
    follow_ups: tuple[tuple[str, str], ...]


SCENARIOS = [
    Scenario(
        "order_status",
        "Hi, where is my order {order}? It was supposed to arrive on {day}.",
        "lookup_order",
        ("order",),
        {"order_id": "{order}", "status": "in_transit", "carrier": "{carrier}", "eta_days": 2, "city": "{city}"},
        "kb-114 · Delivery times in Europe",
        "Your order **{order}** is with {carrier} and left the hub near {city} this morning. It should reach you "
        "within **2 working days**. You can follow it with the link in your shipping mail.",
        (
            (
                "Can I still change the address?",
                "As the parcel is already with {carrier}, I cannot change it here, but "
                "you can redirect it to a parcel shop from the tracking page until the evening before delivery.",
            ),
            (
                "And if nobody is at home?",
                "{carrier} tries twice and then keeps the parcel for 7 days at the nearest "
                "pick-up point. You will get a mail with the address.",
            ),
            ("Thanks, that helps!", "Glad to hear it. Enjoy your {product}!"),
        ),
    ),
    Scenario(
        "refund_request",
        "I sent the {product} back {days} days ago and still have no refund for {order}.",
        "get_refund_status",
        ("order",),
        {"order_id": "{order}", "refund": {"state": "approved", "amount_eur": 129.9, "method": "card"}},
        "kb-203 · Refund timelines",
        "Your return for **{order}** was checked and the refund of **€129.90** is approved. It goes back to the card "
        "you paid with, and banks take 3–5 working days to show it.",
        (
            (
                "My card has expired in the meantime.",
                "That is no problem: the bank moves the amount to the account "
                "behind the old card. If it is closed, tell me and I will start a bank transfer instead.",
            ),
            (
                "Please do the bank transfer.",
                "I opened case **#{case}** for it. A colleague will ask for your IBAN "
                "over our secure form. Please do not send it in this chat.",
            ),
            ("How long does that take?", "Usually 2 working days after we have your details."),
            ("Do I get the shipping costs back too?", "Yes, the standard shipping costs are part of the refund."),
        ),
    ),
    Scenario(
        "damaged_item",
        "The zip of my new {product} is broken out of the box. Order {order}, photo attached.",
        "create_return_label",
        ("order", "product"),
        {"label_id": "RL-{case}", "carrier": "{carrier}", "free_of_charge": True, "valid_days": 14},
        "kb-087 · Damaged on arrival",
        "I am sorry about that! I made a free return label (**RL-{case}**, {carrier}), which is in your mail now.\n\n"
        "1. Pack the {product} in any box.\n2. Stick the label on it.\n3. Hand it in within **14 days**.\n\n"
        "Would you like a replacement or your money back?",
        (
            (
                "A replacement please, same size.",
                "Done. The replacement is reserved and leaves as soon as {carrier} has scanned your return.",
            ),
            (
                "Could you send it before? I leave on {day}.",
                "Because you leave on {day}, I marked the replacement as "
                "*advance*. It ships today, and your card is only charged if the return does not arrive.",
            ),
            ("You are a lifesaver.", "With pleasure. Have a good trip!"),
        ),
    ),
    Scenario(
        "sizing_advice",
        "Which size of the {product} fits me? I'm 178 cm and between M and L.",
        "search_products",
        ("product",),
        {"matches": [{"name": "{product}", "fit": "runs small", "sizes": ["S", "M", "L", "XL"]}]},
        "kb-051 · Size charts",
        "The {product} **runs small**, so between M and L we recommend **L**. The chest is 112 cm and the back 71 cm "
        "in that size.",
        (
            ("What if it's too big?", "You can exchange it free of charge within 30 days as long as the tags are on."),
            ("Is the fit of the women's model the same?", "No, it is cut narrower at the shoulders and 2 cm shorter."),
        ),
    ),
    Scenario(
        "warranty",
        "My {product} started leaking after {days} weeks. Is that a warranty case?",
        "check_warranty",
        ("product", "order"),
        {"covered": True, "until": "2028-05-31", "exclusions": ["wear of the coating", "burn marks"]},
        "kb-310 · Warranty terms",
        "Yes, a leak after {days} weeks is covered: the {product} has warranty until **31 May 2028**. Please send two "
        "photos (the seam and the label) and I will start the claim.",
        (
            (
                "Photos are attached.",
                "Thank you. The seam tape has come off, which is a production fault. Claim **#{case}** is approved.",
            ),
            ("Repair or new?", "We repair first: about 10 days. If that is not possible you get a new one."),
            ("OK, please repair it.", "I sent you the label for the repair centre in {city}."),
        ),
    ),
    Scenario(
        "discount_code",
        "The code TRAIL10 does not work in my basket with the {product}.",
        "validate_coupon",
        ("product",),
        {"code": "TRAIL10", "valid": False, "reason": "excluded_category"},
        "kb-022 · Coupons and exclusions",
        "`TRAIL10` excludes the category of the {product}, which is why the basket refuses it. It works for shoes and "
        "clothing until Sunday.",
        (
            (
                "That's a pity. Any other code?",
                "There is no public code for it at the moment, but newsletter subscribers get 5 % on the first order.",
            ),
        ),
    ),
    Scenario(
        "cancel_order",
        "Please cancel {order}, I ordered the {product} twice by accident.",
        "cancel_order",
        ("order",),
        {"order_id": "{order}", "cancelled": True, "refund_eur": 89.0},
        "kb-131 · Cancelling an order",
        "I cancelled **{order}** before it was packed. The €89.00 are released right away, your other order stays as "
        "it is.",
        (("Which one is still on its way?", "The one you placed two minutes earlier, to be delivered by {carrier}."),),
    ),
    Scenario(
        "care_instructions",
        "How do I wash the {product} without ruining it?",
        "search_knowledge_base",
        ("product",),
        {"articles": [{"id": "kb-412", "title": "Washing technical fabrics", "score": 0.91}]},
        "kb-412 · Washing technical fabrics",
        "For the {product}:\n\n- close all zips\n- **30 °C**, gentle cycle, liquid detergent\n- no fabric softener\n"
        "- tumble dry on low for 20 minutes to bring the water repellency back",
        (("Can I iron it?", "Yes, on the lowest level without steam, with a cloth between."),),
    ),
]

REASONINGS = [
    "The customer asks about {intent}. I need facts from {tool} before I promise anything. The order number looks "
    "valid, so I can call the tool straight away.",
    "Policy says that I must not give dates that the carrier has not confirmed. I will look the case up with {tool} "
    "and quote the article of the knowledge base.",
    "There may be two orders of this customer. {tool} takes one number; take the one in the message and mention the "
    "other only if the result says so.",
]


def facts(rng: random.Random) -> dict[str, str]:
    """The facts of one case."""
    return {
        "order": f"HO-{rng.randrange(100_000, 999_999)}",
        "case": str(rng.randrange(10_000, 99_999)),
        "product": rng.choice(PRODUCTS),
        "city": rng.choice(CITIES),
        "carrier": rng.choice(CARRIERS),
        "customer": rng.choice(NAMES),
        "day": rng.choice(["Monday", "Wednesday", "Friday"]),
        "days": str(rng.randrange(3, 12)),
    }


def filled(value: Any, case: dict[str, str]) -> Any:
    """A template, or JSON with templates in it, with the facts of a case."""
    if isinstance(value, str):
        return value.format(**case) if "{" in value else value
    if isinstance(value, dict):
        return {key: filled(entry, case) for key, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, case) for entry in value]
    return value
