// A server component that shows who it is.
import { headers } from "next/headers";
import { auth } from "../../lib/auth.js";

export default async function Page() {
  const account = await auth.account(await headers());
  return <p>{account ? account.accountid : "nobody"}</p>;
}
