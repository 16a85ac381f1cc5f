"""datasets.yaml as types. The keys of an entry are the verbs, in the order the data flows.

Everything here changes a release and is part of its fingerprint, except where files lie (what lies there counts), what
a release is held to (`min_yield`, `max_failures`), how much is fetched (`fetch`), the name of a key, how hard a model
is driven and at what price (`limits`, `price`, `timeout_s`), how much of a machine it takes, and what `RunSettings`
holds.
Unknown keys are errors. Where a step has several engines, `type` picks one and decides which other keys exist.
Checks between keys sit on the later of the two keys, so that an error points at a line a person can change.

A file holds a section of an entry:

dataset.py                  the entry itself: version, description, allow, target, min_yield, max_failures; checks
                            between sections
source.py                   source, fetch
perceive.py                 perceive, with its ocr, asr and captions
ask.py                      ask
explore.py, retrieval.py    explore, with its inspector and web_search; explore.retrieval
ground.py                   ground
verify.py                   verify, with its need, answerer and judge
curate.py                   curate, with its band and benchmarks
write.py, dialect.py        write; write.dialect
published.py, recipe.py     published; recipe

and what sections share:

models.py                   the chat models: explore.teacher, and every `engine`
served.py                   what a served model has: limits, price, address, the name of its key
names.py                    the names of schemas/names.py as types
base.py                     what every section is

runner.py has the options of a build, which stand in no file; the block `run` is in schemas/clusters.py.
"""

from schemas.settings.ask import QUESTION_TEMPLATES as QUESTION_TEMPLATES
from schemas.settings.ask import Ask as Ask
from schemas.settings.ask import Template as Template
from schemas.settings.base import Settings as Settings
from schemas.settings.curate import Band as Band
from schemas.settings.curate import BenchmarkSettings as BenchmarkSettings
from schemas.settings.curate import Curate as Curate
from schemas.settings.dataset import Dataset as Dataset
from schemas.settings.dataset import Target as Target
from schemas.settings.dialect import DEFAULT_DIALECT as DEFAULT_DIALECT
from schemas.settings.dialect import GROUNDED_TOOLS as GROUNDED_TOOLS
from schemas.settings.dialect import Clock as Clock
from schemas.settings.dialect import Dialect as Dialect
from schemas.settings.dialect import NativeTool as NativeTool
from schemas.settings.explore import DEFAULT_TOOLS as DEFAULT_TOOLS
from schemas.settings.explore import INSPECTING as INSPECTING
from schemas.settings.explore import Explore as Explore
from schemas.settings.explore import HttpSearchSettings as HttpSearchSettings
from schemas.settings.explore import Inspector as Inspector
from schemas.settings.ground import Ground as Ground
from schemas.settings.models import ChatModel as ChatModel
from schemas.settings.models import GeminiSettings as GeminiSettings
from schemas.settings.models import LocalSettings as LocalSettings
from schemas.settings.models import OpenAISettings as OpenAISettings
from schemas.settings.models import PlannerSettings as PlannerSettings
from schemas.settings.models import Sampling as Sampling
from schemas.settings.models import Teacher as Teacher
from schemas.settings.models import VllmSettings as VllmSettings
from schemas.settings.names import ExportName as ExportName
from schemas.settings.names import Spelling as Spelling
from schemas.settings.names import ToolName as ToolName
from schemas.settings.perceive import Asr as Asr
from schemas.settings.perceive import Captions as Captions
from schemas.settings.perceive import CaptionStyle as CaptionStyle
from schemas.settings.perceive import ChatCaptions as ChatCaptions
from schemas.settings.perceive import FasterWhisperSettings as FasterWhisperSettings
from schemas.settings.perceive import NoAsr as NoAsr
from schemas.settings.perceive import NoOcr as NoOcr
from schemas.settings.perceive import Ocr as Ocr
from schemas.settings.perceive import PaddleOcrSettings as PaddleOcrSettings
from schemas.settings.perceive import Perceive as Perceive
from schemas.settings.perceive import RapidOcrSettings as RapidOcrSettings
from schemas.settings.perceive import SignalsSettings as SignalsSettings
from schemas.settings.perceive import WhisperSettings as WhisperSettings
from schemas.settings.published import Published as Published
from schemas.settings.recipe import Recipe as Recipe
from schemas.settings.retrieval import Bm25Settings as Bm25Settings
from schemas.settings.retrieval import GeminiEmbedSettings as GeminiEmbedSettings
from schemas.settings.retrieval import MiniLmSettings as MiniLmSettings
from schemas.settings.retrieval import OpenAIEmbedSettings as OpenAIEmbedSettings
from schemas.settings.retrieval import Retrieval as Retrieval
from schemas.settings.runner import Runner as Runner
from schemas.settings.runner import RunSettings as RunSettings
from schemas.settings.served import Limits as Limits
from schemas.settings.served import OpenAIServer as OpenAIServer
from schemas.settings.served import Price as Price
from schemas.settings.served import Served as Served
from schemas.settings.source import Fetch as Fetch
from schemas.settings.source import FolderSource as FolderSource
from schemas.settings.source import ManifestSource as ManifestSource
from schemas.settings.source import Source as Source
from schemas.settings.verify import Answerer as Answerer
from schemas.settings.verify import BlindView as BlindView
from schemas.settings.verify import Criterion as Criterion
from schemas.settings.verify import Judge as Judge
from schemas.settings.verify import Need as Need
from schemas.settings.verify import Verify as Verify
from schemas.settings.write import SAY_LOSS as SAY_LOSS
from schemas.settings.write import Loss as Loss
from schemas.settings.write import Write as Write
