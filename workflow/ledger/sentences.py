"""What the offline verifier and the witness say, in Vietnamese and in English; they run without Django's catalogues."""

from __future__ import annotations

LANGUAGES = ("vi", "en")
_SENTENCES = {
    # name: Vietnamese, English
    "holds": (
        "Gói chứng cứ đúng: {entries} bản ghi trong {chains} chuỗi, {documents} văn bản; tất cả nằm trong sổ nhật ký"
        " {origin} có {size} bản ghi, gốc {root}.",
        "The bundle holds: {entries} entries in {chains} chains, {documents} documents; all of them stand in the log"
        " {origin} of {size} entries, root {root}.",
    ),
    "cosigned": (
        "Bên chứng kiến {name} đã thấy sổ nhật ký với {size} bản ghi lúc {at}.",
        "The witness {name} saw the log of {size} entries at {at}.",
    ),
    "limits": (
        "Không chứng minh: nội dung của bản ghi là đúng sự thật; sau đó không còn bản ghi nào khác.",
        "Not proven: that what an entry says is true; that no further entries followed later.",
    ),
    "wrong": ("Có {n} điểm sai.", "{n} things are wrong."),
    "no_zip": ("không đọc được tệp: {error}", "the file cannot be read: {error}"),
    "no_key": ("không đọc được khóa công khai {key}: {error}", "the public key {key} cannot be read: {error}"),
    "no_member": ("thiếu {name} trong gói", "the bundle lacks {name}"),
    "no_json": ("dòng {line} không phải là JSON hợp lệ: {error}", "line {line} is not valid JSON: {error}"),
    "format": (
        "không biết định dạng {format}; chương trình này đọc {known}",
        "the format {format} is not known; this verifier reads {known}",
    ),
    "handover": ("bàn giao khóa không hợp lệ: {error}", "the hand-over of the key does not hold: {error}"),
    "checkpoint": ("điểm chốt không hợp lệ: {error}", "the checkpoint does not hold: {error}"),
    "no_checkpoint": ("không có điểm chốt nào", "there is no checkpoint"),
    "inconsistent": (
        "sổ nhật ký {size} bản ghi không tiếp nối sổ {old} bản ghi đã chốt trước đó",
        "the log of {size} entries does not extend that of {old} entries signed before",
    ),
    "checkpoint_order": (
        "điểm chốt {size} bản ghi nhỏ hơn hoặc sớm hơn điểm chốt trước nó",
        "the checkpoint of size {size} is smaller or earlier than the one before it",
    ),
    "checkpoint_after": (
        "điểm chốt {size} bản ghi không nối tiếp điểm chốt trước nó",
        "the checkpoint of size {size} does not follow the one before it",
    ),
    "recorded_after": (
        "ghi lúc {at}, sau khi điểm chốt đầu tiên chứa nó được ký",
        "it says it was recorded at {at}, after the first checkpoint that covers it was signed",
    ),
    "recorded_before": (
        "ghi lúc {at}, lâu trước một điểm chốt không chứa nó",
        "it says it was recorded at {at}, long before a checkpoint that does not cover it",
    ),
    "recorded_back": (
        "ghi lúc {at}, lâu trước một bản ghi đứng trước nó",
        "it says it was recorded at {at}, long before an entry that precedes it",
    ),
    "no_cosignature": (
        "bên chứng kiến {name} chưa ký xác nhận điểm chốt nào trong gói",
        "the witness {name} has cosigned no checkpoint of the bundle",
    ),
    "bad_cosignature": (
        "chữ ký của bên chứng kiến {name} trên điểm chốt {size} không đúng",
        "the cosignature of the witness {name} on the checkpoint of size {size} does not hold",
    ),
    "form": ("không đọc được dạng đã lưu: {error}", "the stored form cannot be read: {error}"),
    "shape": ("dòng không đúng mẫu: {error}", "the line does not have its shape: {error}"),
    "hash": ("mã băm không khớp với nội dung", "the hash does not match the stored form"),
    "place": ("nội dung ghi chỗ khác: {chain} #{seq}", "the stored form says another place: {chain} #{seq}"),
    "order": ("thiếu bản ghi #{expected} hoặc sai thứ tự", "entry #{expected} is missing or out of order"),
    "link": ("không nối tiếp bản ghi trước", "it does not follow the entry before it"),
    "no_leaf": ("chưa có chỗ trong cây", "it has no place in the tree"),
    "leaf_order": (
        "đứng trong cây trước bản ghi trước nó của cùng chuỗi",
        "it stands in the tree before the entry that precedes it in its chain",
    ),
    "no_proof": ("không có bằng chứng nằm trong cây", "its inclusion proof is missing"),
    "proof_of_nothing": ("bằng chứng thừa, không thuộc bản ghi nào", "a proof belongs to no entry"),
    "not_included": (
        "bằng chứng không dẫn tới gốc của điểm chốt",
        "its inclusion proof does not lead to the root of the checkpoint",
    ),
    "leaf_missing": ("thiếu lá {leaf} của cây", "leaf {leaf} of the tree is missing"),
    "root": (
        "cây của các bản ghi không có gốc như điểm chốt",
        "the tree over the entries does not have the root of the checkpoint",
    ),
    "disclosure": (
        "giá trị {name} không phải là giá trị đã cam kết",
        "the disclosed value of {name} is not what was hashed",
    ),
    "twice": ("giá trị {name} có hai lần", "the value of {name} is disclosed twice"),
    "document": (
        "văn bản {document} không còn như bản ghi viện dẫn",
        "document {document} is not what the entry cites",
    ),
    "no_document": ("gói không có văn bản {document} được viện dẫn", "document {document}, which it cites, is missing"),
    "document_digest": (
        "mã băm không khớp với nội dung văn bản",
        "the digest does not match what the document says",
    ),
    "no_file": ("thiếu tệp của văn bản", "the document's file is missing"),
    "file": ("tệp của văn bản đã bị thay đổi", "the document's file has been changed"),
    "count": (
        "gói ghi có {told}, thực tế có {found}",
        "the bundle says it holds {told} of them, it holds {found}",
    ),
    "witness_signed": ("Đã ký xác nhận sổ nhật ký có {size} bản ghi.", "Cosigned the log of {size} entries."),
    "witness_cannot": ("Không làm được: {error}", "This cannot be done: {error}"),
    "witness_unreadable": ("Không ký: {error}", "Not cosigned: {error}"),
    "witness_smaller": (
        "Không ký: sổ nhật ký đưa ra {size} bản ghi, trước đây đã có {old}. Hai điểm chốt được giữ làm chứng cứ.",
        "Not cosigned: the log shows {size} entries, it showed {old} before. Both checkpoints are kept as evidence.",
    ),
    "witness_stale": (
        "Không ký: cần bằng chứng nối tiếp từ {old} bản ghi",
        "Not cosigned: a proof is needed that starts from {old} entries",
    ),
    "witness_inconsistent": (
        "Không ký: sổ nhật ký {size} bản ghi không tiếp nối sổ {old} bản ghi đã thấy; có bản ghi đã bị viết lại."
        " Hai điểm chốt được giữ làm chứng cứ.",
        "Not cosigned: the log of {size} entries does not extend that of {old} entries seen before; what was"
        " written has been rewritten. Both checkpoints are kept as evidence.",
    ),
}


def sentence(which: str, language: str = "vi", /, **facts: object) -> str:
    """Return a sentence in one of the two languages."""
    return _SENTENCES[which][LANGUAGES.index(language)].format(**facts)
