"""What can go wrong with keys, ciphertexts, signatures and certificates.

``details`` reach the caller of an API, so they never hold a secret, a plain text or a server path;
paths go into a note of the exception, which only the log shows.
"""

from yiwang.kernel.errors import DomainError


class CryptoError(DomainError):
    """Base of this app's errors."""

    code = "CRYPTO_ERROR"
    status = 500
    reason_zh = "密码运算没有完成"
    reason_en = "The cryptographic operation was not completed."


class KeyUnavailableError(CryptoError):
    """The master key file cannot be read, has a wrong form, or lacks the version asked for."""

    code = "CRYPTO_KEY_UNAVAILABLE"
    reason_zh = "主密钥不可用"
    reason_en = "The master key is not available."
    mend_zh = "请管理员检查主密钥文件的路径、权限、内容和版本；文件丢失的，从备份恢复"
    mend_en = (
        "Ask the administrator to check path, mode, content and versions of the master key file,"
        " or to restore it from the backup."
    )


class DecryptionFailedError(CryptoError):
    """The ciphertext was changed, cut, or written under another key or purpose."""

    code = "CRYPTO_DECRYPTION_FAILED"
    reason_zh = "密文无法解开：内容已被改动，或者不是用本系统的主密钥加密的"
    reason_en = "The text cannot be opened: it was changed, or sealed under another master key."
    mend_zh = "请管理员核对数据库与主密钥文件是否来自同一套备份"
    mend_en = "Ask the administrator whether database and master key file are of one backup."


class RecordNotCanonicalError(CryptoError):
    """The record holds something that canonical JSON does not admit; ``details`` has the path."""

    code = "CRYPTO_RECORD_NOT_CANONICAL"
    status = 422
    reason_zh = "记录中有不能签名的内容"
    reason_en = "The record holds something that cannot be signed."
    mend_zh = "小数、日期和金额请写成文本"
    mend_en = "Write fractions, dates and money as text."


class RecordInvalidError(CryptoError):
    """The signed record is malformed, signed by an unknown key, or was changed."""

    code = "CRYPTO_RECORD_INVALID"
    status = 422
    reason_zh = "签名记录无效：内容已被改动，或者不是本系统签发的"
    reason_en = "The signed record is not valid: it was changed, or not signed here."
    mend_zh = "请以发证机关的登记信息为准"
    mend_en = "Rely on the register of the issuing unit."


class CertificateProblemError(CryptoError):
    """The certificate is revoked, or its stored key is not the one it names."""

    code = "CRYPTO_CERTIFICATE_PROBLEM"
    status = 409
    reason_zh = "数字证书不可用"
    reason_en = "The certificate cannot be used."
    mend_zh = "请为单位重新申请印章证书"
    mend_en = "Apply for a new seal certificate for the unit."
