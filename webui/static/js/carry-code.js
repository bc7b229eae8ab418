// The code of a slip's QR stands in the fragment, which never reaches a server. It is taken out of the
// address and of the history, and waits in this tab until its reader is logged in.
const code = decodeURIComponent(location.hash.slice(1)).toUpperCase().replace(/[^0-9A-Z]/g, "").slice(0, 8);
if (code) sessionStorage.setItem("share-code", code);
location.replace("/codes");
