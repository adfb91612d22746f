// Signs in with what openapi-generator has generated for typescript-fetch. Prints the account's id, and the refusal.
import { Configuration, ResponseError, UserApi, type UnauthorizedError } from "../generated";

async function main(basePath: string, username: string, password: string): Promise<void> {
  const anybody = new UserApi(new Configuration({ basePath }));
  const session = await anybody.userCreateSession({ userCreateSessionBody: { username, password } });
  const signedIn = new UserApi(new Configuration({ basePath, accessToken: `${session.sessionid}.${session.token}` }));
  const account = await signedIn.userAccount({ accountid: session.accountid });
  const { sessions } = await signedIn.userExportAccount({ accountid: session.accountid });
  if (sessions[0]?.sessionid !== session.sessionid) throw new Error("The export is not of this account.");
  console.log(account.accountid, account.createdAt.getFullYear() >= 2022);
  try {
    await anybody.userCreateSession({ userCreateSessionBody: { username, password: "wrong" } });
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const refusal: UnauthorizedError = await error.response.json();
    console.log(error.response.status, refusal.message);
  }
}

const [address = "", username = "", password = ""] = process.argv.slice(2);
void main(address, username, password);
