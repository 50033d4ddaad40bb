import { type Static, Type } from 'typebox'
import type { ProfileTemplate } from '../../domain/profile-template.ts'

/** Microsoft.Clm.Shared.ProfileTemplates.ProfileTemplateLimitedView. */
export const profileTemplateSchema = Type.Object(
  {
    Name: Type.String(),
    Description: Type.String(),
    Uuid: Type.String(),
    IsSmartcardProfileTemplate: Type.Boolean(),
    IsVirtualSmartcardProfileTemplate: Type.Boolean(),
  },
  { title: 'ProfileTemplateView' },
)

export function profileTemplateView(template: ProfileTemplate): Static<typeof profileTemplateSchema> {
  return {
    Name: template.name,
    Description: template.description,
    Uuid: template.uuid,
    IsSmartcardProfileTemplate: template.smartcard !== null,
    IsVirtualSmartcardProfileTemplate: template.smartcard?.isVirtualSmartcard ?? false,
  }
}
