"""What a customer points at: items of their orders, the orders themselves, and the variants of a product.

Three questions, each answered by a pure function: `goods.point`, `orders.point`, `variants.choose`; `exchanges.split`
tells what is given back from what is wanted for it. Spelling is forgiven by rapidfuzz; where words differ a likeness of
meaning is asked for, which the caller passes in (`likeness.Alike`).
"""
