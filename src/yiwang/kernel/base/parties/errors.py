"""What can be wrong with the people and organisations that are served."""

from yiwang.kernel.base.parties.rules.errors import CodeError
from yiwang.kernel.errors import DomainError, FieldProblem


def field_problem(field: str, error: CodeError) -> FieldProblem:
    """Say which field of a form a faulty code stood in."""
    return FieldProblem(
        field=field,
        code=error.code,
        reason_zh=error.reason_zh,
        reason_en=error.reason_en,
        mend_zh=error.mend_zh,
        mend_en=error.mend_en,
    )


class PartyError(DomainError):
    """Base of this app's errors."""

    code = "PARTY_ERROR"


class RealNameMismatchError(PartyError):
    """Name and number do not belong together; which of the two is wrong is not said."""

    code = "REAL_NAME_MISMATCH"
    status = 422
    reason_zh = "姓名与公民身份号码不一致"
    reason_en = "The name and the citizen identity number do not belong together."
    mend_zh = "请对照身份证核对姓名和号码；刚改过姓名的，请带身份证到窗口办理"
    mend_en = "Compare both with the card; after a change of name, bring the card to a counter."


class UsccTakenError(PartyError):
    """The code is registered for another name."""

    code = "USCC_TAKEN"
    status = 409
    reason_zh = "这个统一社会信用代码已登记在另一名称下"
    reason_en = "This unified social credit code is registered under another name."
    mend_zh = "请对照营业执照核对名称和代码"
    mend_en = "Compare name and code with the licence."


class RepresentativeUnknownError(PartyError):
    """Nobody of this name and number has proved it here; wrong and absent are one answer."""

    code = "REPRESENTATIVE_UNKNOWN"
    status = 422
    reason_zh = "没有找到姓名与号码一致的实名用户"
    reason_en = "Nobody with this name and number has been verified here."
    mend_zh = "请核对姓名和号码，并请对方先登录本平台完成实名核验"
    mend_en = "Check both, and ask the person to sign in here and verify their name first."


class RepresentationError(PartyError):
    """The authority cannot be given like this."""

    code = "REPRESENTATION_REFUSED"
    status = 422
    reason_zh = "不能这样授权"
    reason_en = "The authority cannot be given in this way."
    mend_zh = "请核对被授权人和起止日期"
    mend_en = "Check the person and the dates."


class PurposeNeededError(PartyError):
    """Full personal data are shown only for a stated reason."""

    code = "PURPOSE_NEEDED"
    status = 422
    reason_zh = "请写明查看完整个人信息的事由"
    reason_en = "State why you need to see the data in full."
    mend_zh = "用一句话写明事由，例如“核对申请人身份”；事由会记入审计"
    mend_en = "One sentence is enough, such as “checking the applicant's identity”; it is audited."


class PopulationUnavailableError(PartyError):
    """The population source did not answer; ``permanent`` tells whether trying again is useless."""

    code = "POPULATION_SOURCE_UNAVAILABLE"
    status = 503
    reason_zh = "实名核验服务暂时不可用"
    reason_en = "The real-name service is not available at the moment."
    mend_zh = "请过几分钟再试，或带身份证到政务服务中心窗口办理"
    mend_en = "Try again in a few minutes, or bring the card to a service centre."

    def __init__(self, *, permanent: bool) -> None:
        super().__init__()
        self.permanent = permanent
