"""标准字段: what GeoReport v2 answers, field by field, under the standard's own names."""

from typing import Literal

from pydantic import BaseModel


class Endpoint(BaseModel):
    """接口 of a provider."""

    specification: str = "http://wiki.open311.org/GeoReport_v2"
    url: str
    changeset: str
    type: Literal["production", "test"] = "production"
    formats: list[str] = ["text/xml", "application/json"]


class Discovery(BaseModel):
    """发现文件: where the service is and whom to ask."""

    changeset: str
    contact: str
    key_service: str
    endpoints: list[Endpoint]


class Service(BaseModel):
    """服务: a kind of report."""

    service_code: str
    service_name: str
    description: str
    metadata: bool = True
    type: Literal["realtime", "batch", "blackbox"] = "realtime"
    keywords: str
    group: str


class Value(BaseModel):
    """选项 of a list."""

    key: str
    name: str


class Attribute(BaseModel):
    """附加项 that a reporter may fill in."""

    variable: bool = True
    code: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool = False
    datatype_description: str | None = None
    order: int
    description: str
    values: list[Value] = []


class Definition(BaseModel):
    """服务定义: what a service asks for beside place and words."""

    service_code: str
    attributes: list[Attribute]


class Created(BaseModel):
    """受理结果."""

    service_request_id: str
    service_notice: str
    account_id: str | None = None


class OfToken(BaseModel):
    """令牌 and the request that it stands for."""

    service_request_id: str
    token: str


class ServiceRequest(BaseModel):
    """一件请求 as anybody may see it: nothing that the reporter wrote is in it."""

    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str
    service_name: str
    service_code: str
    description: str
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str | None
    address: str
    address_id: str | None
    zipcode: str | None = None
    lat: float | None
    long: float | None
    media_url: str | None = None


class Error(BaseModel):
    """错误."""

    code: int
    description: str
