"""照片不予受理: how much a photo may be, and what is said to whoever sends something else."""

from domain.model import Label

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 12_000


class NotAPhoto(Exception):
    """What was sent cannot be taken as a photo; carries what is wrong, what to do, and a status."""

    def __init__(self, reason: Label, status: int = 422) -> None:
        super().__init__(reason.en)
        self.reason, self.status = reason, status


def empty() -> NotAPhoto:
    return NotAPhoto(Label("文件是空的,请重新选择照片", "the file is empty: choose the photo again"))


def too_heavy(most: int = MOST_BYTES) -> NotAPhoto:
    megabytes = f"{most / (1024 * 1024):.3g}"
    return NotAPhoto(
        Label(
            f"照片超过 {megabytes} MB,请压缩或改小后再传",
            f"the photo is larger than {megabytes} MB: send a smaller copy",
        ),
        413,
    )


def too_wide(width: int, height: int) -> NotAPhoto:
    most = MOST_PIXELS // 1_000_000
    return NotAPhoto(
        Label(
            f"照片尺寸 {width}×{height} 过大:最多 {most * 100} 万像素,边长最多 {LONGEST_SIDE};请改小后再传",
            f"{width}x{height} is too large: at most {most} megapixels and {LONGEST_SIDE} on a side; "
            "send a smaller copy",
        ),
        413,
    )


def another_type() -> NotAPhoto:
    return NotAPhoto(
        Label(
            "这不是可以受理的照片,请发送 JPEG、PNG 或 WebP 照片",
            "this is not a photo that can be taken: send a JPEG, PNG or WebP photo",
        ),
        415,
    )


def heic() -> NotAPhoto:
    return NotAPhoto(
        Label(
            "暂不支持 HEIC 照片,请改发 JPEG(苹果手机:设置—相机—格式—兼容性最佳)",
            "HEIC photos cannot be read: send a JPEG (iPhone: Settings, Camera, Formats, Most Compatible)",
        ),
        415,
    )


def moving() -> NotAPhoto:
    return NotAPhoto(
        Label("动图不予受理,请发送单张照片", "animated images are not taken: send a single photo"), 415
    )


def damaged() -> NotAPhoto:
    return NotAPhoto(
        Label(
            "照片不完整或已损坏,请重新上传或重新拍摄",
            "the photo is incomplete or damaged: send it again, or take another",
        )
    )
