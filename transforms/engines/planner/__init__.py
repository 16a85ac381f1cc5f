"""The rule-based teacher behind `transforms.engines.chat_planner`: it reads, searches, looks and answers by rules.

    question.py      what is asked, from the words of the question alone
    observation.py   what a tool answered, from its text alone
    desk.py          calls that were made and the next one to make
    search.py        where in the video to look
    closer.py        looking and listening there
    choices.py, extract.py, fact.py, order.py, count.py, spans.py, exists.py    the answer, by kind of question
    words.py, wording.py    matching words, and saying what was found
"""
