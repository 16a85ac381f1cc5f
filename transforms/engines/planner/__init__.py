"""The rule-based teacher behind `transforms.engines.chat_planner`: it reads, searches, looks and answers by rules.

question.py (clauses, times, quotes)   what is asked, from the words of the question alone
observation.py, desk.py                what tools answered, and the next call to make
search.py, ways.py, descent.py         where to look, and how to get there
closer.py, ends.py, frames.py          looking and listening closely, where a stretch begins and ends, what frames show
traces.py, choices.py, extract.py      what was found, and which answer it speaks for
fact.py, order.py, spans.py, count.py, exists.py    the rules by kind of question; plan.py picks among them
wording.py, conclude.py                saying what was found
"""
