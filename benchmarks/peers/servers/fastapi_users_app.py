"""fastapi-users: bearer tokens in Redis (its RedisStrategy), and users in PostgreSQL by SQLAlchemy and asyncpg.

`python -m benchmarks.peers.servers.fastapi_users_app` creates the tables.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import redis.asyncio
from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, RedisStrategy
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

HOURS_8 = 8 * 3600

engine = create_async_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"))
new_session = async_sessionmaker(engine, expire_on_commit=False)
store = redis.asyncio.from_url(os.environ["REDIS_URL"], decode_responses=True)


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class UserManager(UUIDIDMixin, BaseUserManager[User, UUID]):
    reset_password_token_secret = os.environ["SECRET_KEY"]
    verification_token_secret = os.environ["SECRET_KEY"]


async def database_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


async def user_manager(session: Annotated[AsyncSession, Depends(database_session)]) -> AsyncIterator[UserManager]:
    yield UserManager(SQLAlchemyUserDatabase(session, User))


def strategy() -> Any:
    return RedisStrategy(store, lifetime_seconds=HOURS_8)


async def create_tables() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


backend = AuthenticationBackend(name="redis", transport=BearerTransport(tokenUrl="sign-in"), get_strategy=strategy)
users = FastAPIUsers[User, UUID](user_manager, [backend])
application = FastAPI()
application.include_router(users.get_auth_router(backend), prefix="/auth")
application.include_router(users.get_register_router(schemas.BaseUser[UUID], schemas.BaseUserCreate), prefix="/auth")
application.include_router(users.get_users_router(schemas.BaseUser[UUID], schemas.BaseUserUpdate), prefix="/users")

if __name__ == "__main__":
    asyncio.run(create_tables())
