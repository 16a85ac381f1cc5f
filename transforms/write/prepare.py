"""What an export needs made before its rows can be written: clips of videos, and vectors of what is told of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.codec import from_json
from schemas.refs import Kept, Perceived, RowRef
from schemas.settings import ExportName, Retrieval
from schemas.source import Rejected, Video
from schemas.timeline import Timeline
from schemas.trajectory import Trajectory
from transforms import clip_store
from transforms.engines import build
from transforms.engines.embed_vectors import ByMeaning
from transforms.refuse import refuse
from transforms.write.artifacts import npy, rows_of, to_embed
from transforms.write.exports.artifacts import model_of
from transforms.write.exports.clips import windows
from transforms.write.gather import shown_ref, told_ref


@dataclass
class CutVideo:
    """Everything that is chosen of one video → rows with clips, and a Rejected for each that has none."""

    exports: tuple[ExportName, ...]
    max_pixels: int
    store: str

    def do(self, element: tuple[str, Iterable[tuple[Video, str, Kept]]]) -> list[RowRef | Rejected]:
        store = build.store(self.store)
        chosen = sorted(element[1], key=lambda one: one[2].id)
        records = [from_json(Trajectory, store.blob(kept.record)) for _, _, kept in chosen]
        try:
            wanted = [window for record in records for window in windows(record)]
            clips = clip_store.fetch(chosen[0][0], wanted, self.max_pixels, store)
        except Exception as error:
            return [_lacking(name, kept.id, element[0], error) for name in self.exports for _, _, kept in chosen]
        done: list[RowRef | Rejected] = []
        for name in self.exports:
            for video, split, kept in chosen:
                try:
                    done.append(shown_ref(name, kept, split, video, clips, store))
                except Exception as error:
                    done.append(_lacking(name, kept.id, element[0], error))
        return done


@dataclass
class TellVideo:
    """A video → the row of its timeline; with a Rejected beside it when its vectors could not be had."""

    exports: tuple[ExportName, ...]
    retrieval: Retrieval
    store: str

    async def do(self, one: Perceived) -> list[RowRef | Rejected]:
        store = build.store(self.store)
        vectors, lacking = "", list[Rejected]()
        try:
            vectors = await self._vectors(one)
        except Exception as error:
            lacking = [_lacking(name, one.video.id, one.video.id, error) for name in self.exports]
        model = model_of(self.retrieval)
        return [*(told_ref(name, one, vectors, model, store) for name in self.exports), *lacking]

    async def _vectors(self, one: Perceived) -> str:
        """The blob with the vectors of a video's merged captions; empty where nobody makes vectors."""
        store, embed = build.store(self.store), build.embed(self.retrieval)
        if not isinstance(embed, ByMeaning):
            return ""
        texts = to_embed(from_json(Timeline, await store.aside(store.blob, one.timeline)))
        units = await embed.units(list(texts.values()), "document", store)
        return await store.aside(store.put_blob, npy(rows_of(units)))


def _lacking(name: ExportName, id: str, video_id: str, error: Exception) -> Rejected:
    return refuse(error, "write", "export", f"{name}/{id}", video_id=video_id)
