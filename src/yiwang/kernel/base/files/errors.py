"""Refusals of files: each with its code, reason and mend in both languages."""

from yiwang.kernel.errors import DomainError


class FileRefusedError(DomainError):
    """A given file was not taken; nothing of it is kept."""

    code = "FILE_REFUSED"
    status = 422
    reason_zh = "这个文件没有被接收"
    reason_en = "This file was not taken."
    mend_zh = "请换一个文件再上传，其他已填写的内容都保留着"
    mend_en = "Choose another file; everything else you filled in is kept."


class FileTooLargeError(FileRefusedError):
    code = "FILE_TOO_LARGE"
    status = 413
    reason_zh = "文件太大"
    reason_en = "The file is too large."
    mend_zh = "请压缩图片、降低扫描分辨率，或把文件拆成几份再上传"
    mend_en = "Make pictures smaller, scan at a lower resolution, or split the file."


class FileEmptyError(FileRefusedError):
    code = "FILE_EMPTY"
    reason_zh = "文件是空的"
    reason_en = "The file is empty."
    mend_zh = "请打开文件确认有内容，再重新上传"
    mend_en = "Open the file, make sure that it holds something, and upload it again."


class FileTypeMismatchError(FileRefusedError):
    code = "FILE_TYPE_MISMATCH"
    reason_zh = "文件内容与文件名的后缀不一致"
    reason_en = "The content of the file does not fit the ending of its name."
    mend_zh = "改后缀不能转换格式，请用原软件另存为所需格式后再上传"
    mend_en = "Renaming does not convert a file: save it in the right format and upload that."


class FileTypeNotAllowedError(FileRefusedError):
    code = "FILE_TYPE_NOT_ALLOWED"
    reason_zh = "这里不接收这种格式的文件"
    reason_en = "Files of this format are not taken here."
    mend_zh = "请转换为所列格式之一再上传"
    mend_en = "Convert the file to one of the listed formats."


class FileActiveContentError(FileRefusedError):
    code = "FILE_ACTIVE_CONTENT"
    reason_zh = "文件中含有可以自动执行的内容（脚本、宏或程序）"
    reason_en = "The file holds content that can run by itself: a script, a macro or a program."
    mend_zh = "请把文件打印或另存为普通 PDF 后再上传"
    mend_en = "Print it to a plain PDF and upload that."


class FileEncryptedError(FileRefusedError):
    code = "FILE_ENCRYPTED"
    reason_zh = "文件设有密码或加密，工作人员无法打开"
    reason_en = "The file is encrypted or has a password, so nobody could open it."
    mend_zh = "请去掉密码后再上传"
    mend_en = "Remove the password and upload it again."


class FileBrokenError(FileRefusedError):
    code = "FILE_BROKEN"
    reason_zh = "文件已损坏，无法打开"
    reason_en = "The file is damaged and cannot be opened."
    mend_zh = "请确认文件能在自己的设备上打开，再重新上传或重新扫描"
    mend_en = "Make sure that it opens on your own device, then upload or scan it again."


class FileBombError(FileRefusedError):
    code = "FILE_EXPANDS_TOO_FAR"
    reason_zh = "文件打开后会大得无法处理"
    reason_en = "The file grows too large when it is opened."
    mend_zh = "图片请缩小尺寸；文档请重新导出为普通 PDF"
    mend_en = "Make the picture smaller, or export the document to a plain PDF again."


class FileQuarantinedError(FileRefusedError):
    code = "FILE_QUARANTINED"
    reason_zh = "这个文件因安全原因已被隔离，不能打开，也不能再次上传"
    reason_en = "This file is in quarantine: it can neither be opened nor uploaded again."
    mend_zh = "如确需使用，请联系咨询电话"
    mend_en = "If you need it, call the help line."


class FileMissingError(DomainError):
    """The row is there but the stored bytes are gone or changed: a fault of ours."""

    code = "FILE_CONTENT_LOST"
    status = 500
    reason_zh = "文件内容暂时无法读取"
    reason_en = "The content of this file cannot be read at the moment."
    mend_zh = "请稍后再试；如仍不行，请联系咨询电话"
    mend_en = "Try again later; if it still fails, call the help line."
