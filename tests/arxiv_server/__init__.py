"""A local arXiv for tests: invented papers in arXiv's real formats, served under one root, misbehaving on request.

    world         papers, days, and which of them a feed shows: pure
    render_feed   RSS 2.0 and Atom as arXiv prints them: pure
    server        HTTP, and the knobs for trouble
    fixtures      the pytest fixture `arxiv`

By hand: `python -m tests.arxiv_server --port 8080 --feed cs.AI=feed.xml`. It knows nothing of the code that it tests.
"""
