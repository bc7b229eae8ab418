/** Addresses that start a program of this computer on an exam. */

export interface Access { dicomweb: string; token: string; study: string }

/**
 * Weasis 4 and later, by its command `dicom:rs` (DICOMweb).
 *
 * Everything stands behind a `?`: since 2024 browsers take what follows `weasis://` for the name of a host, in which
 * `$` and spaces are refused (dcm4chee-arc-light#4592, Weasis#645).
 */
export function weasis({ dicomweb, token, study }: Access): string {
  return `weasis://?${encodeURIComponent(`$dicom:rs --url "${dicomweb}" -r "studyUID=${study}" -H "Authorization: Bearer ${token}"`)}`;
}

/** OsiriX and Horos take a ZIP by its address (their method `DownloadURL`); they send no header: the token is in it. */
export function osirix(scheme: "osirix" | "horos", { dicomweb, token, study }: Access): string {
  const zip = `${new URL(dicomweb).origin}/viewer-api/archives/${study}/${token}/DICOM.zip`;
  return `${scheme}://?methodName=DownloadURL&Display=YES&URL=${encodeURIComponent(zip)}`;
}
