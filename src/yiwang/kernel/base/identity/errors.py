"""What can go wrong while a person proves who they are."""

from datetime import datetime

from yiwang.kernel.errors import DomainError


class IdentityError(DomainError):
    """Base of this app's errors."""

    code = "IDENTITY_ERROR"


class SignInRefusedError(IdentityError):
    """User name or password is wrong; which, and whether the account exists, is never said."""

    code = "SIGN_IN_REFUSED"
    status = 422
    reason_zh = "账号或密码不对"
    reason_en = "The user name or the password is wrong."
    mend_zh = "请核对后再试；忘记密码可改用短信验证码登录"
    mend_en = "Check both and try again; if you forgot it, sign in with a code by text message."


class CodeRefusedError(IdentityError):
    """The code is wrong, used, too old or was tried too often."""

    code = "CODE_REFUSED"
    status = 422
    reason_zh = "验证码不对，或者已经失效"
    reason_en = "The code is wrong or no longer valid."
    mend_zh = "请核对最近一条短信里的 6 位数字；超过 5 分钟或试错 5 次请重新获取"
    mend_en = (
        "Use the six digits of the latest message; after 5 minutes or 5 tries ask for another."
    )


class SecondFactorRefusedError(IdentityError):
    """The one-time code of the authenticator is wrong or was used already."""

    code = "SECOND_FACTOR_REFUSED"
    status = 422
    reason_zh = "动态口令不对，或者刚刚用过"
    reason_en = "The one-time code is wrong or was used just now."
    mend_zh = "请等待下一组 6 位数字再输入；一直不对请检查手机时间是否准确"
    mend_en = "Wait for the next six digits; if it keeps failing, check the time of your phone."


class FaceRefusedError(IdentityError):
    """The face check did not pass."""

    code = "FACE_REFUSED"
    status = 422
    reason_zh = "人脸核验没有通过"
    reason_en = "The face check did not pass."
    mend_zh = "请在光线充足处摘下眼镜和口罩再试，或带身份证到窗口办理"
    mend_en = "Try again in good light without glasses or mask, or bring the card to a counter."


class TooManyAttemptsError(IdentityError):
    """Too many tries for an account or from an address; ``retry_after_s`` says how long to wait."""

    code = "TOO_MANY_ATTEMPTS"
    status = 429

    def __init__(self, *, retry_at: datetime, seconds: int) -> None:
        clock = f"{retry_at:%H:%M}"
        super().__init__(
            "尝试次数过多，为保护账号暂停登录",
            "Too many tries; signing in is paused to protect the account.",
            mend_zh=f"请在 {clock} 以后再试，或带身份证到政务服务中心窗口办理",
            mend_en=f"Try again after {clock}, or bring the card to a service centre.",
            retry_after_s=seconds,
        )
        self.retry_at = retry_at


class CodeTooSoonError(TooManyAttemptsError):
    """Codes are sent once a minute and a few times an hour."""

    code = "CODE_TOO_SOON"

    def __init__(self, *, retry_at: datetime, seconds: int) -> None:
        super().__init__(retry_at=retry_at, seconds=seconds)
        self.zh = "验证码发送过于频繁"
        self.en = "Codes were asked for too often."
        self.mend = (
            f"请在 {seconds} 秒后重新获取；先查看手机是否已经收到",
            f"Ask again in {seconds} seconds; look first whether one has arrived.",
        )


class SmsUnavailableError(IdentityError):
    """No sender of codes is connected, or it failed."""

    code = "SMS_UNAVAILABLE"
    status = 503
    reason_zh = "短信暂时发不出去"
    reason_en = "Text messages cannot be sent at the moment."
    mend_zh = "请改用密码登录，或过几分钟再试"
    mend_en = "Sign in with your password, or try again in a few minutes."


class IdentityTakenError(IdentityError):
    """The verified person has another account already."""

    code = "IDENTITY_TAKEN"
    status = 409
    reason_zh = "这个身份已有账号"
    reason_en = "This person has an account already."
    mend_zh = "请用原来的账号登录；手机号换了的，请带身份证到窗口更换"
    mend_en = (
        "Sign in with that account; if your phone number changed, bring the card to a counter."
    )


class UsernameTakenError(IdentityError):
    """The user name belongs to someone."""

    code = "USERNAME_TAKEN"
    status = 409
    reason_zh = "这个账号名已被使用"
    reason_en = "This user name is taken."
    mend_zh = "请换一个账号名"
    mend_en = "Choose another one."


class WeakPasswordError(IdentityError):
    """The password is too short or too common."""

    code = "PASSWORD_WEAK"
    status = 422
    reason_zh = "密码太简单"
    reason_en = "The password is too weak."
    mend_zh = "请至少用 10 个字符，不要用常见密码或账号名"
    mend_en = "Use at least 10 characters, no common password and not your user name."


class SignInAgainError(IdentityError):
    """The sign-in is too long ago for a change of the account's security."""

    code = "SIGN_IN_AGAIN"
    status = 403
    reason_zh = "为了安全，更改登录方式前要重新登录"
    reason_en = "Please sign in again before changing how you sign in."
    mend_zh = "重新登录后会回到这一页"
    mend_en = "You will come back to this page afterwards."


class NotAllowedToActError(IdentityError):
    """The person may not act for this party now."""

    code = "MAY_NOT_ACT_FOR"
    status = 404
    reason_zh = "您现在不能代表这一方办理"
    reason_en = "You cannot act for this party now."
    mend_zh = "授权可能已到期或被撤销，请联系对方重新授权"
    mend_en = "The authority may have ended; ask the party to give it again."
